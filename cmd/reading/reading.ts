import {
  type Archive,
  ArchiveInputError,
  findInputs,
  type InputOptions,
  openFound,
  Problems,
  type ReadOptions,
  StrictError,
} from '../../input/index.js';
import { oneLine } from './message.js';
import { Progress, type Terminal } from './progress.js';

/** What a tool reads, and how. */
export interface ReadingOptions {
  /** What messages begin with. */
  readonly program: string;
  /** As given by the user: files, folders, patterns, `-`. */
  readonly paths: readonly string[];
  /** Whether the first problem ends the run. */
  readonly strict: boolean;
  /** Longest window of a zstd frame, bytes; 128 MiB if not given. */
  readonly maxWindowBytes?: number | undefined;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** What `-` stands for; the process's standard input if not given. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/** The inputs of one run of a tool: finds them, shows how far they are read, and keeps what is wrong with them. */
export class Reading {
  /** What was found, in the order in which it is read. */
  readonly found: readonly string[];
  readonly problems: Problems;
  /** For whatever reads the archives. */
  readonly options: ReadOptions & InputOptions;
  readonly #progress: Progress;

  private constructor(found: readonly string[], progress: Progress, { strict, maxWindowBytes, stdin }: ReadingOptions) {
    this.found = found;
    this.#progress = progress;
    this.problems = new Problems({ print: (line) => progress.print(oneLine(line)), strict });
    this.options = {
      onProblem: this.problems.report,
      onPassedOver: this.problems.passedOver,
      onBytes: progress.bytes,
      onDone: () => progress.done(1),
      ...(maxWindowBytes === undefined ? {} : { maxWindowBytes }),
      ...(stdin === undefined ? {} : { stdin }),
    };
  }

  /**
   * Finds the inputs.
   * @param choose which of what was found is read; all of it if not given
   * @throws ArchiveInputError for a path that is not there or leads to no archive
   */
  static async open(
    options: ReadingOptions,
    choose: (found: readonly string[]) => readonly string[] = (all) => all,
  ): Promise<Reading> {
    const found = choose(await findInputs(options.paths));
    const { program, stdout, stderr } = options;
    return new Reading(found, await Progress.start({ program, stdout, stderr, paths: found }), options);
  }

  /** The archives, each to be read with {@link options}. */
  archives(): AsyncGenerator<Archive, void, undefined> {
    return openFound(this.found, this.options);
  }

  /** Somebody else has read so many bytes. */
  read(bytes: number): void {
    if (bytes > 0) this.#progress.bytes(bytes);
  }

  /** Somebody else has read so many of what was found to the end. */
  done(paths: number): void {
    if (paths > 0) this.#progress.done(paths);
  }

  /** Prints a message, without its newline. */
  print(line: string): void {
    this.#progress.print(line);
  }

  /** Takes the progress away, as when something else is printed. */
  clear(): void {
    this.#progress.clear();
  }

  /** Whether this error is a problem that ends a strict run, of which the user has been told. */
  isTold(error: unknown): boolean {
    return (error instanceof ArchiveInputError || error instanceof StrictError) && this.problems.count > 0;
  }

  /** Says what there was in all, and gives the exit code. */
  finish(): number {
    this.#progress.clear();
    this.problems.finish();
    return this.problems.exitCode;
  }
}
