import { isNumeric, toJson, toText } from './values.js';

type Row = readonly unknown[];

/** Formats the rows of a query. */
export interface Printer {
  /** Returns the text before all rows. */
  begin(names: readonly string[]): string;
  rows(rows: readonly Row[]): string;
  /** Returns the text after all rows. */
  end(): string;
}

/** Formats of `tcp-info query`, in the order of the help. */
export const QUERY_FORMATS = ['table', 'csv', 'json', 'jsonl'] as const;
/** Name of one of {@link QUERY_FORMATS}. */
export type QueryFormat = (typeof QUERY_FORMATS)[number];

/** Creates the printer of a format. */
export function createPrinter(format: QueryFormat): Printer {
  switch (format) {
    case 'table':
      return new TablePrinter();
    case 'csv':
      return new CsvPrinter();
    case 'json':
      return new JsonPrinter('[\n', ',\n', '\n]\n');
    case 'jsonl':
      return new JsonPrinter('', '\n', '\n');
    default:
      throw new TypeError(`no printer for ${String(format satisfies never)}`);
  }
}

/** Rows that set the widths; later rows may be wider. */
const SAMPLE_ROWS = 2048;

class TablePrinter implements Printer {
  #names: readonly string[] = [];
  #widths: number[] | undefined;
  #waiting: Row[] = [];

  begin(names: readonly string[]): string {
    this.#names = names;
    return '';
  }

  rows(rows: readonly Row[]): string {
    if (this.#widths !== undefined) return this.#lines(rows);
    this.#waiting.push(...rows);
    return this.#waiting.length < SAMPLE_ROWS ? '' : this.#flush();
  }

  end(): string {
    return this.#widths === undefined ? this.#flush() : '';
  }

  #flush(): string {
    const rows = this.#waiting;
    this.#waiting = [];
    this.#widths = this.#names.map((name, i) => Math.max(name.length, ...rows.map((row) => cellText(row[i]).length)));
    const isNumber = this.#names.map((_, i) => rows.some((row) => isNumeric(row[i])));
    const head = this.#names.map((name, i) => pad(name, this.#widths?.[i] ?? 0, isNumber[i] === true));
    const rule = this.#widths.map((width) => '-'.repeat(width));
    return `${line(head)}${line(rule)}${this.#lines(rows)}`;
  }

  #lines(rows: readonly Row[]): string {
    const widths = this.#widths ?? [];
    return rows.map((row) => line(row.map((cell, i) => pad(cellText(cell), widths[i] ?? 0, isNumeric(cell))))).join('');
  }
}

function cellText(value: unknown): string {
  // A text from an archive must not break a line or control the terminal.
  return value === null ? 'NULL' : toText(value).replace(/\p{Cc}/gu, '\u{fffd}');
}

function pad(text: string, width: number, right: boolean): string {
  return right ? text.padStart(width) : text.padEnd(width);
}

function line(cells: readonly string[]): string {
  return `${cells.join('  ').trimEnd()}\n`;
}

class CsvPrinter implements Printer {
  begin(names: readonly string[]): string {
    return `${names.map(quoteCsv).join(',')}\n`;
  }

  rows(rows: readonly Row[]): string {
    return rows.map((row) => `${row.map((value) => quoteCsv(toText(value))).join(',')}\n`).join('');
  }

  end(): string {
    return '';
  }
}

function quoteCsv(text: string): string {
  return /[",\r\n]|^[\s]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

class JsonPrinter implements Printer {
  #names: readonly string[] = [];
  #isFirst = true;

  constructor(
    private readonly before: string,
    private readonly between: string,
    private readonly after: string,
  ) {}

  begin(names: readonly string[]): string {
    this.#names = names.map((name) => JSON.stringify(name));
    return this.before;
  }

  rows(rows: readonly Row[]): string {
    if (rows.length === 0) return '';
    const objects = rows.map((row) => `{${row.map((value, i) => `${this.#names[i]}:${toJson(value)}`).join(',')}}`);
    const text = objects.join(this.between);
    const begun = this.#isFirst ? text : `${this.between}${text}`;
    this.#isFirst = false;
    return begun;
  }

  end(): string {
    return this.#isFirst && this.before === '' ? '' : this.after;
  }
}
