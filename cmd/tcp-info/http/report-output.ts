import type { CountedExchange, HttpExchange } from '../../../http/index.js';
import { type HttpWindow, HttpWindows, type TrafficAlert, windowLine } from '../../../http/report/index.js';
import type { TextStyle } from '../../../view/chart/index.js';
import { lineText, reportLines, type TableLimits } from '../../../view/http/index.js';
import type { HttpOutput } from './http-output.js';
import type { HttpSource } from './http-source.js';
import type { LineWriter } from './line-writer.js';

/** Options of {@link ReportOutput}. */
export interface ReportOptions {
  readonly format: 'text' | 'json';
  readonly writer: LineWriter;
  readonly source: HttpSource;
  readonly alert: TrafficAlert;
  /** Length of a report in microseconds. */
  readonly spanUs: number;
  /** Begin of the first report, microseconds since 1970; absent: that of the first exchange. */
  readonly fromUs?: number;
  /** Rows of the table of text. */
  readonly limits: TableLimits;
  /** Limits of a document; absent members: all. */
  readonly jsonLimits: Partial<TableLimits>;
  readonly style: TextStyle;
}

/** Output of a report for each span of time. */
export class ReportOutput implements HttpOutput {
  readonly #options: ReportOptions;
  readonly #windows: HttpWindows;
  #isFirst = true;

  constructor(options: ReportOptions) {
    this.#options = options;
    const { spanUs, fromUs } = options;
    this.#windows = new HttpWindows({
      spanUs,
      ...(fromUs === undefined ? { skipsEmpty: true } : { fromUs }),
      onWindow: (window) => this.#print(window),
    });
  }

  add(exchange: HttpExchange): void {
    this.#options.alert.addExchange(exchange);
    this.#windows.add(exchange);
  }

  count(exchange: CountedExchange): void {
    this.#options.alert.count(exchange);
    this.#windows.count(exchange);
  }

  advance(nowUs: number, openSinceUs?: number): void {
    this.#options.alert.advance(nowUs);
    this.#windows.advance(nowUs, openSinceUs);
  }

  finish(nowUs: number): void {
    this.#windows.finish(nowUs);
    this.#options.writer.flush();
  }

  #print(window: HttpWindow): void {
    const { format, writer } = this.#options;
    if (format === 'text') this.#printText(window);
    else this.#printDocument(window);
    writer.flush();
  }

  #printDocument(window: HttpWindow): void {
    const { writer, alert, source, jsonLimits } = this.#options;
    const { counts } = source;
    writer.write(windowLine(window, { alert, counts, leftOut: writer.leftOut, ...jsonLimits }));
  }

  #printText(window: HttpWindow): void {
    const { writer, alert, source, limits, style } = this.#options;
    const { counts, join, name } = source;
    const report = { window, source: name, alert, counts, ...limits };
    const lines = reportLines(join === undefined ? report : { ...report, join }, style);
    if (!this.#isFirst) writer.write('');
    this.#isFirst = false;
    for (const line of lines) writer.write(lineText(line, style));
  }
}
