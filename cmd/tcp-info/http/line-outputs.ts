import type { HttpExchange } from '../../../http/index.js';
import { cellsLine, combinedLine, exchangeLine, type TrafficAlert } from '../../../http/report/index.js';
import type { Column } from './columns.js';
import type { HttpOutput } from './http-output.js';
import type { LineWriter } from './line-writer.js';

/** Output of a line for each exchange. The alert is counted beside. */
export class ExchangeLines implements HttpOutput {
  readonly #writer: LineWriter;
  readonly #alert: TrafficAlert;
  readonly #format: (exchange: HttpExchange) => string;

  constructor(writer: LineWriter, alert: TrafficAlert, format: (exchange: HttpExchange) => string) {
    this.#writer = writer;
    this.#alert = alert;
    this.#format = format;
  }

  add(exchange: HttpExchange): void {
    this.#writer.write(this.#format(exchange));
    this.#alert.addExchange(exchange);
  }

  advance(nowUs: number): void {
    this.#alert.advance(nowUs);
  }

  finish(): void {
    this.#writer.flush();
  }
}

/** Creates the output of `--format=jsonl`, `combined` or `tsv`. */
export function exchangeLines(
  format: 'jsonl' | 'combined' | 'tsv',
  { writer, alert, columns }: { writer: LineWriter; alert: TrafficAlert; columns: readonly Column[] },
): HttpOutput {
  if (format === 'jsonl') return new ExchangeLines(writer, alert, exchangeLine);
  if (format === 'combined') return new ExchangeLines(writer, alert, combinedLine);
  writer.write(`# Fields: ${columns.map(({ name }) => name).join(',')}`);
  return new ExchangeLines(writer, alert, (exchange) => cellsLine(columns.map(({ read }) => read(exchange))));
}
