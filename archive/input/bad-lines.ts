import { DecodeError } from '../../netlink/index.js';
import { ArchiveInputError } from './error.js';
import { type ReadOptions, report } from './lines.js';

/**
 * Limit of lines per archive that are reported one by one. Further lines are reported together, per kind of problem.
 */
const REPORTED_ALONE = 20;
/**
 * Cost of consecutive bad lines at which the rest of the archive is skipped: 100,000 lines that were parsed, ten
 * million that did not look like records, or eighty million empty ones. Real damage is never that long, and an attacker
 * can make a line of a few bytes cost as much as a snapshot.
 */
const MAX_COST = 10_000_000;
const EMPTY_COST = 1 / 8;
const READ_COST = 100;

/** Bad lines of one kind, waiting to be reported together. */
interface Waiting {
  readonly error: ArchiveInputError;
  readonly reason: string;
  lines: number;
  lastLine: number;
}

/** Reporter of the lines of one archive that are not records, at a cost that does not grow with their number. */
export class BadLines {
  readonly #path: string;
  readonly #onProblem: ReadOptions['onProblem'];
  readonly #waiting = new Map<string, Waiting>();
  #reported = 0;
  #cost = 0;

  constructor(path: string, onProblem: ReadOptions['onProblem']) {
    this.#path = path;
    this.#onProblem = onProblem;
  }

  /** True when so many lines were bad that lines which do not look like records are not parsed. */
  get areMany(): boolean {
    return this.#reported >= REPORTED_ALONE;
  }

  /** True when the rest of the archive is to be skipped. */
  get areAll(): boolean {
    return this.#cost >= MAX_COST;
  }

  /** Notes that a line was a record. */
  sawRecord(): void {
    this.#cost = 0;
  }

  /**
   * Reports empty lines.
   * @throws ArchiveInputError without `onProblem`
   */
  skipEmpty(firstLine: number, lines: number): void {
    this.#cost += EMPTY_COST * lines;
    for (let i = 0; i < lines; i++) {
      if (this.areMany) {
        this.#wait(NOT_JSON, firstLine + i, lines - i);
        return;
      }
      this.#report(ArchiveInputError.from(this.#path, NOT_JSON, firstLine + i));
    }
  }

  /**
   * Reports a line that does not look like a record.
   * @throws ArchiveInputError without `onProblem`
   */
  skip(line: number): void {
    this.#cost++;
    this.#wait(NOT_JSON, line, 1);
  }

  /**
   * Reports a line that was parsed and is not a record.
   * @param error a DecodeError; anything else is a defect, and is thrown
   * @throws ArchiveInputError without `onProblem`
   */
  refuse(error: unknown, line: number): void {
    this.#cost += READ_COST;
    if (this.areMany && error instanceof DecodeError) this.#wait(error, line, 1);
    else this.#report(ArchiveInputError.from(this.#path, error, line));
  }

  /** Reports the lines that wait. */
  flush(): void {
    for (const { error, reason, lines, lastLine } of this.#waiting.values()) {
      const { line, code, cause } = error;
      const many = `${reason} (${lines} such lines up to line ${lastLine})`;
      this.#report(lines === 1 ? error : new ArchiveInputError(this.#path, many, { code, line, lines, cause }));
    }
    this.#waiting.clear();
  }

  /** Reports that the rest of the archive is skipped. */
  giveUp(line: number): void {
    const reason = `too many lines that are not records, up to line ${line}: the rest is skipped`;
    this.#report(new ArchiveInputError(this.#path, reason, { code: 'ERR_NO_RECORDS' }));
  }

  #wait(error: DecodeError, line: number, lines: number): void {
    const { code, what: reason } = error;
    const waiting = this.#waiting.get(code);
    if (waiting === undefined) {
      const first = new ArchiveInputError(this.#path, reason, { code, line, cause: error });
      this.#waiting.set(code, { error: first, reason, lines, lastLine: line + lines - 1 });
      return;
    }
    waiting.lines += lines;
    waiting.lastLine = line + lines - 1;
  }

  #report(error: unknown): void {
    this.#reported++;
    report(error, this.#onProblem);
  }
}

const NOT_JSON = new DecodeError('line is not JSON', { code: 'ERR_JSON', at: 0 });
