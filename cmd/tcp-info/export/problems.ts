import type { ArchiveInputError } from '../../../input/index.js';

const EXIT_OK = 0;
const EXIT_DAMAGED = 3;

/** Problems that are told of one by one; the rest is counted. */
const MAX_TOLD = 20;

/** What was damaged in the input. */
export class Problems {
  readonly #print: (line: string) => void;
  readonly #strict: boolean;
  #count = 0;

  /**
   * @param print prints a line, given without its newline
   * @param strict whether the first problem ends the run
   */
  constructor(print: (line: string) => void, strict: boolean) {
    this.#print = print;
    this.#strict = strict;
  }

  /** Takes in a problem. @throws the problem itself if strict */
  readonly report = (error: ArchiveInputError): void => {
    if (++this.#count <= MAX_TOLD) this.#print(error.message);
    if (this.#strict) throw error;
  };

  /** 3 when something was damaged. */
  get exitCode(): number {
    return this.#count === 0 ? EXIT_OK : EXIT_DAMAGED;
  }

  /** Prints how many were not told of. */
  finish(): void {
    if (this.#count > MAX_TOLD) this.#print(`… and ${this.#count - MAX_TOLD} more`);
  }
}
