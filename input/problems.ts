import type { ArchiveInputError } from './error.js';

/** Problems of a kind that are printed; the rest is counted. */
const MAX_TOLD = 20;

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_DAMAGED = 3;

/** How problems are kept. */
export interface ProblemsOptions {
  /** Prints a line, given without its newline. Without it nothing is printed, for {@link Problems.summary}. */
  readonly print?: (line: string) => void;
  /** Whether the first problem ends the run. */
  readonly strict?: boolean;
  /** How many of a kind are printed; 20 if not given. */
  readonly maxTold?: number;
}

/** A problem that is printed, or would be. */
export interface ToldProblem {
  readonly message: string;
  /** An error's code. */
  readonly kind: string;
  /** Lines, archives or files that it is about. */
  readonly count: number;
}

/** What one thread came upon, to be added up in another: a plain value. */
export interface ProblemsSummary {
  /** The first of each kind, in order. */
  readonly told: readonly ToldProblem[];
  readonly lines: number;
  readonly archives: number;
  readonly failures: number;
  readonly passedOver: number;
}

/** A strict run has come upon a problem, which has been told of. */
export class StrictError extends Error {
  override readonly name = 'StrictError';
}

/** What a tool came upon in its input: prints the first of it, counts all, and knows the exit code. */
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

  /** Takes in a problem: what {@link ReadOptions.onProblem} asks for. @throws the problem itself if strict */
  readonly report = (error: ArchiveInputError): void => {
    if (error.isFailure) this.#failures++;
    else if (error.line === undefined) this.#archives++;
    else this.#lines += error.lines;
    this.#tell({ message: error.message, kind: error.code, count: error.lines });
    if (this.#strict) throw error;
  };

  /** Takes in what another thread came upon. @throws StrictError when there is any, if strict */
  merge({ told, lines, archives, failures, passedOver }: ProblemsSummary): void {
    this.#lines += lines;
    this.#archives += archives;
    this.#failures += failures;
    this.#passedOver += passedOver;
    for (const each of told) this.#tell(each);
    if (this.#strict && told.length > 0) throw new StrictError('input is damaged');
  }

  /** What there was so far. */
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

  /** Takes in a file in a tar that was passed over. No problem, but worth a word. */
  readonly passedOver = (): void => {
    this.#passedOver++;
  };

  /** How many there were. */
  get count(): number {
    return this.#lines + this.#archives + this.#failures;
  }

  /** 0 when there were none, 1 when something could not be opened or read, 3 when something was damaged. */
  get exitCode(): number {
    if (this.#failures > 0) return EXIT_FAILED;
    return this.count > 0 ? EXIT_DAMAGED : EXIT_OK;
  }

  /** Prints what was not told of, and the totals. */
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
      this.#print(`${some(this.#passedOver, 'other file in tars', 'other files in tars')} passed over`);
    }
  }
}

function some(count: number, one: string, many: string): string {
  return count === 0 ? '' : `${count} ${count === 1 ? one : many}`;
}
