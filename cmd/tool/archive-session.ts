import { setFlagsFromString } from 'node:v8';
import {
  type Archive,
  ArchiveInputError,
  type FoundInputs,
  findAllInputs,
  findInputs,
  type InputOptions,
  openFound,
  Problems,
  type ReadOptions,
  StrictError,
} from '../../archive/input/index.js';
import { oneLine } from '../../view/index.js';
import { Progress, type Terminal } from './progress.js';

/** Options of {@link ArchiveSession.open}. */
export interface ReadingOptions {
  /** Program name at the start of messages. */
  readonly program: string;
  /** Paths as the user gave them: files, folders, patterns, `-`. */
  readonly paths: readonly string[];
  /** True to end the run at the first problem. */
  readonly strict: boolean;
  /** Longest window of a zstd frame, bytes; 128 MiB if not given. */
  readonly maxWindowBytes?: number | undefined;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** True for a program that keeps what it reads: its heap grows, and must be collected in time. */
  readonly keepsRows?: boolean;
  /** Stream behind `-`; the process's standard input by default. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/**
 * Growth of V8's old space, in percent, after which it is collected. Pieces of archives and of output are memory outside
 * of V8, whose release takes a collection: with V8's own limit, a third of the CPU time goes to hundreds of collections
 * of a heap of 10 MB in which nothing else has died.
 */
const HEAP_GROWTH = '--heap-growing-percent=400';

/** Inputs of one run of a tool: finds them, shows progress, and collects their problems. */
export class ArchiveSession {
  /** Paths found, in reading order. */
  readonly found: readonly string[];
  /** Archives of HTTP exchanges; empty unless they were asked for. */
  readonly exchanges: readonly string[];
  readonly problems: Problems;
  /** Options for functions that read the archives. */
  readonly options: ReadOptions & InputOptions;
  readonly #progress: Progress;

  private constructor(
    { archives, exchanges }: FoundInputs,
    progress: Progress,
    { strict, maxWindowBytes, stdin }: ReadingOptions,
  ) {
    this.found = archives;
    this.exchanges = exchanges;
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
   * @param choose selects some of the paths found; all by default
   * @throws ArchiveInputError for a path that does not exist or leads to no archive
   */
  static async open(
    options: ReadingOptions,
    choose: (found: readonly string[]) => readonly string[] = (all) => all,
  ): Promise<ArchiveSession> {
    return await ArchiveSession.#start({ archives: choose(await findInputs(options.paths)), exchanges: [] }, options);
  }

  /**
   * Finds the inputs, and archives of HTTP exchanges.
   * @throws ArchiveInputError for a path that does not exist or leads to neither
   */
  static async openAll(options: ReadingOptions): Promise<ArchiveSession> {
    return await ArchiveSession.#start(await findAllInputs(options.paths), options);
  }

  static async #start(found: FoundInputs, options: ReadingOptions): Promise<ArchiveSession> {
    const { program, stdout, stderr } = options;
    if (options.keepsRows !== true) setFlagsFromString(HEAP_GROWTH);
    const progress = await Progress.start({ program, stdout, stderr, paths: found.archives });
    return new ArchiveSession(found, progress, options);
  }

  /** Opens the archives; each is to be read with {@link options}. */
  archives(): AsyncGenerator<Archive, void, undefined> {
    return openFound(this.found, this.options);
  }

  /** Adds bytes that another thread has read to the progress. */
  read(bytes: number): void {
    if (bytes > 0) this.#progress.bytes(bytes);
  }

  /** Adds paths that another thread has read completely to the progress. */
  done(paths: number): void {
    if (paths > 0) this.#progress.done(paths);
  }

  /** Prints a message, without its newline. */
  print(line: string): void {
    this.#progress.print(line);
  }

  /** Removes the progress line, before other output. */
  clear(): void {
    this.#progress.clear();
  }

  /** True for a problem that ended a strict run and was already reported to the user. */
  isTold(error: unknown): boolean {
    return (error instanceof ArchiveInputError || error instanceof StrictError) && this.problems.count > 0;
  }

  /** Prints a summary of all problems and returns the exit code. */
  finish(): number {
    this.#progress.clear();
    this.problems.finish();
    return this.problems.exitCode;
  }
}
