import type { ReadStream, WriteStream } from 'node:tty';
import { type CountedExchange, type HttpExchange, microseconds } from '../../../http/index.js';
import { type HttpWindow, HttpWindows, type TrafficAlert } from '../../../http/report/index.js';
import type { TextStyle } from '../../../view/chart/index.js';
import { type HttpReport, lineText, reportLines, type TableLimits } from '../../../view/http/index.js';
import { textStyle } from '../../../view/index.js';
import type { Frame, Key } from '../../../view/top/index.js';
import { EXIT_OK } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { TerminalSession } from '../../tool/terminal-session.js';
import type { HttpOutput } from './http-output.js';
import type { HttpSource } from './http-source.js';
import type { LineWriter } from './line-writer.js';
import { PROGRAM } from './options.js';

/** Options of {@link ScreenOutput}. */
export interface ScreenOptions {
  readonly source: HttpSource;
  readonly alert: TrafficAlert;
  /** Length of a report in microseconds. */
  readonly spanUs: number;
  readonly fromUs: number;
  readonly limits: TableLimits;
  readonly style: TextStyle;
  readonly input: ReadStream;
  readonly output: WriteStream & { readonly fd: number };
  readonly hasColours: boolean;
  readonly signals: CommandContext['signals'];
  /** Writes the last report after the screen. */
  readonly writer: LineWriter;
  /** Called when the user ends it. */
  readonly onEnd: () => void;
}

/**
 * Output on a terminal: the last complete report, drawn again each second for what goes on beside it. Before the first
 * is complete, what there is of it.
 */
export class ScreenOutput implements HttpOutput {
  readonly #options: ScreenOptions;
  readonly #windows: HttpWindows;
  readonly #session: TerminalSession;
  readonly #ended: Promise<number>;
  #complete: HttpWindow | undefined;

  constructor(options: ScreenOptions) {
    this.#options = options;
    const { spanUs, fromUs, input, output, hasColours, signals, onEnd } = options;
    this.#windows = new HttpWindows({
      spanUs,
      fromUs,
      onWindow: (window) => {
        this.#complete = window;
      },
    });
    this.#session = new TerminalSession({
      program: PROGRAM,
      input,
      output,
      hasColours,
      signals,
      interruptedCode: EXIT_OK,
      onKey: (key) => this.#press(key),
      frame: (columns, rows) => this.#frame(columns, rows),
    });
    this.#ended = this.#session.run();
    // A failure is thrown by `finish`, which waits for it.
    this.#ended.then(onEnd, onEnd);
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
    const before = this.#complete;
    this.#options.alert.advance(nowUs);
    this.#windows.advance(nowUs, openSinceUs);
    if (this.#complete !== before) this.#session.update();
  }

  /** Restores the screen, and prints the last report below. */
  async finish(nowUs: number): Promise<void> {
    const { writer, output } = this.#options;
    this.#session.end(EXIT_OK);
    await this.#ended;
    this.#session.hangUpIfLost();
    this.#windows.finish(nowUs);
    // The terminal may have another size by now.
    const style = textStyle(output, process.env);
    for (const line of reportLines(this.#report(this.#complete), style)) writer.write(lineText(line, style));
    writer.flush();
  }

  #frame(columns: number, rows: number): Frame {
    const { style, source } = this.#options;
    const running = this.#complete === undefined ? this.#windows.current : undefined;
    const soFarUs = (source.nowUs ?? 0) - (running?.fromUs ?? 0);
    const report = this.#report(this.#complete ?? running);
    const sized =
      running === undefined ? { ...report, rows } : { ...report, rows, soFarSec: Math.max(0, soFarUs) / 1e6 };
    return { lines: reportLines(sized, { ...style, width: columns }) };
  }

  #report(window: HttpWindow | undefined): HttpReport {
    const { source, alert, limits } = this.#options;
    const { name, counts, join, open, nowUs } = source;
    return {
      window,
      source: name,
      alert,
      counts,
      ...limits,
      ...(join === undefined ? {} : { join }),
      ...(open === null || nowUs === undefined
        ? {}
        : { open: { requests: open.requests, oldestUs: Math.max(0, nowUs - microseconds(open.sinceNs)) } }),
    };
  }

  #press({ name, text }: Key): void {
    if (name === 'ctrl-c' || name === 'ctrl-d' || (name === 'text' && text === 'q')) this.#session.end(EXIT_OK);
    else if (name === 'ctrl-l') this.#session.forget();
    else if (name === 'ctrl-z') this.#session.suspend();
  }
}
