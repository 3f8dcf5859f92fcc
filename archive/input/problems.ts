import type { ArchiveInputError } from './error.js';

/** Number of problems printed per kind; further ones are only counted. */
const MAX_TOLD = 20;

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_DAMAGED = 3;

/** Options of {@link Problems}. */
export interface ProblemsOptions {
  /** Prints a line, passed without its newline. Without it nothing is printed; use {@link Problems.summary}. */
  readonly print?: (line: string) => void;
  /** Ends the run at the first problem. */
  readonly strict?: boolean;
  /** Maximum number of printed problems per kind; default 20. */
  readonly maxTold?: number;
}

/** Problem that is printed, or would be. */
export interface ToldProblem {
  readonly message: string;
  /** Code of the error. */
  readonly kind: string;
  /** Number of lines, archives or files concerned. */
  readonly count: number;
}

/** Problems that one thread found, to be added up in another; a plain value. */
export interface ProblemsSummary {
  /** First problems of each kind, in order. */
  readonly told: readonly ToldProblem[];
  readonly lines: number;
  readonly archives: number;
  readonly failures: number;
  readonly passedOver: number;
}

/** Thrown by a strict run after its first problem, which was already printed. */
export class StrictError extends Error {
  override readonly name = 'StrictError';
}

/** Problems in a tool's input: prints the first, counts all, and provides the exit code. */
export class Problems {
  readonly #print: (line: string) => void;
  readonly #told: ToldProblem[] = [];
  readonly #toldOfKind = new Map<string, number>();
  readonly #strict: boolean;
  readonly #maxTold: number;
  #lines = 0;
  #archives = 0;
  #failures = 0;
  #passedOver = 0;

  constructor({ print = () => undefined, strict = false, maxTold = MAX_TOLD }: ProblemsOptions) {
    this.#print = print;
    this.#strict = strict;
    this.#maxTold = maxTold;
  }

  /**
   * Counts and prints a problem; for {@link ReadOptions.onProblem}.
   * @throws the problem itself if strict
   */
  readonly report = (error: ArchiveInputError): void => {
    if (error.isFailure) this.#failures++;
    else if (error.line === undefined) this.#archives++;
    else this.#lines += error.lines;
    this.#tell({ message: error.message, kind: error.code, count: error.lines });
    if (this.#strict) throw error;
  };

  /**
   * Adds the problems that another thread found.
   * @throws StrictError if strict and there is any
   */
  merge({ told, lines, archives, failures, passedOver }: ProblemsSummary): void {
    this.#lines += lines;
    this.#archives += archives;
    this.#failures += failures;
    this.#passedOver += passedOver;
    for (const each of told) this.#tell(each);
    if (this.#strict && told.length > 0) throw new StrictError('input is damaged');
  }

  /** Returns the problems so far. */
  summary(): ProblemsSummary {
    return {
      told: this.#told,
      lines: this.#lines,
      archives: this.#archives,
      failures: this.#failures,
      passedOver: this.#passedOver,
    };
  }

  #tell(problem: ToldProblem): void {
    const { message, kind } = problem;
    const before = this.#toldOfKind.get(kind) ?? 0;
    if (before >= this.#maxTold) return;
    this.#toldOfKind.set(kind, before + 1);
    this.#told.push(problem);
    this.#print(message);
  }

  /** Counts a file in a tar that was skipped. This is not a problem, but is mentioned at the end. */
  readonly passedOver = (): void => {
    this.#passedOver++;
  };

  /** Number of problems. */
  get count(): number {
    return this.#lines + this.#archives + this.#failures;
  }

  /** Exit code: 0 without problems, 1 if a file could not be opened or read, 3 if something was damaged. */
  get exitCode(): number {
    if (this.#failures > 0) return EXIT_FAILED;
    return this.count > 0 ? EXIT_DAMAGED : EXIT_OK;
  }

  /** Prints the number of problems not printed before, and the totals. */
  finish(): void {
    const untold = this.count - this.#told.reduce((sum, { count }) => sum + count, 0);
    if (untold > 0) this.#print(`… and ${untold} more`);
    const totals = [
      some(this.#lines, 'line skipped', 'lines skipped'),
      some(this.#archives, 'archive or tar not read to its end', 'archives or tars not read to their end'),
      some(this.#failures, 'file that could not be read', 'files that could not be read'),
    ].filter((total) => total !== '');
    if (this.count > 1) this.#print(`in all: ${totals.join(', ')}`);
    if (this.#passedOver > 0) {
      this.#print(`${some(this.#passedOver, 'other file in tars', 'other files in tars')} skipped`);
    }
  }
}

function some(count: number, one: string, many: string): string {
  return count === 0 ? '' : `${count} ${count === 1 ? one : many}`;
}
