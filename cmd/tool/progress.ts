import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { messageLine } from '../../view/index.js';

/** A stream that may be a terminal. */
export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Options of {@link Progress.start}. */
export interface ProgressOptions {
  /** Name at the start of the line. */
  readonly program: string;
  /** Stream for the progress line: standard error. */
  readonly stderr: Terminal;
  /** Stream for the data. If it is a terminal too, no progress is shown: it would mix with the data. */
  readonly stdout: Terminal;
  /** Inputs from `findInputs`. Standard input has no known length, so it gets no progress. */
  readonly paths: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Clock in milliseconds, with any origin. */
  readonly now?: () => number;
}

/** Beyond this number of files, progress counts files instead of asking for their sizes. */
const MAX_SIZED = 2000;
/** Time without a progress line; shorter runs show none. */
const QUIET_MS = 500;
const BEAT_MS = 100;
const BAR_CELLS = 24;
const CLEAR = '\r\u001b[K';

/**
 * Progress line on the terminal: share, bytes, rate, time left. Messages must be printed through it, so that they do
 * not mix with the line. Without a terminal it only prints messages.
 */
export class Progress {
  readonly #program: string;
  readonly #stderr: Terminal;
  readonly #now: () => number;
  readonly #shown: boolean;
  readonly #paths: number;
  readonly #totalBytes: number | undefined;
  readonly #start: number;
  #bytes = 0;
  #done = 0;
  #last: number;
  #visible = false;

  private constructor(
    { program, stderr, paths, now = performance.now.bind(performance) }: ProgressOptions,
    plan: Plan,
  ) {
    this.#program = program;
    this.#stderr = stderr;
    this.#now = now;
    this.#shown = plan.shown;
    this.#totalBytes = plan.totalBytes;
    this.#paths = paths.length;
    this.#start = now();
    this.#last = this.#start + QUIET_MS - BEAT_MS;
  }

  /** Checks for a terminal, and sums up file sizes unless there are too many files. */
  static async start(options: ProgressOptions): Promise<Progress> {
    const { stderr, stdout, paths, env = process.env } = options;
    const shown = stderr.isTTY === true && stdout.isTTY !== true && env['TERM'] !== 'dumb' && !paths.includes('-');
    if (!shown || paths.length > MAX_SIZED) return new Progress(options, { shown, totalBytes: undefined });
    let totalBytes = 0;
    for (const path of paths) {
      // The reader reports files that no longer exist.
      totalBytes += await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
    }
    return new Progress(options, { shown, totalBytes });
  }

  /** Counts bytes as read. */
  readonly bytes = (count: number): void => {
    this.#bytes += count;
    this.#draw();
  };

  /** Counts paths as read completely. */
  readonly done = (count: number): void => {
    this.#done += count;
    this.#draw();
  };

  /** Prints a message, given without its newline, like {@link messageLine}. */
  readonly print = (line: string): void => {
    this.clear();
    this.#stderr.write(messageLine(this.#program, line));
  };

  /** Removes the progress line. */
  readonly clear = (): void => {
    if (this.#visible) this.#stderr.write(CLEAR);
    this.#visible = false;
  };

  #draw(): void {
    const now = this.#now();
    if (!this.#shown || now - this.#last < BEAT_MS) return;
    this.#last = now;
    this.#visible = true;
    const seconds = (now - this.#start) / 1000;
    const share = Math.min(1, this.#share());
    const filled = Math.floor(share * BAR_CELLS);
    const parts = [
      `${this.#program} ${String(Math.floor(share * 100)).padStart(3)} %`,
      `[${'#'.repeat(filled)}${' '.repeat(BAR_CELLS - filled)}]`,
      this.#amount(),
      `${formatBytes(this.#bytes / seconds)}/s`,
      share > 0 ? `${formatSeconds((seconds / share) * (1 - share))} left` : '',
    ];
    const width = Math.max(20, (this.#stderr.columns ?? 80) - 1);
    this.#stderr.write(`${CLEAR}${parts.join('  ').slice(0, width)}`);
  }

  #share(): number {
    if (this.#totalBytes !== undefined && this.#totalBytes > 0) return this.#bytes / this.#totalBytes;
    return this.#paths === 0 ? 0 : this.#done / this.#paths;
  }

  #amount(): string {
    const total = this.#totalBytes;
    if (total !== undefined) return `${formatBytes(this.#bytes)} of ${formatBytes(total)}`;
    return `${formatBytes(this.#bytes)}, ${this.#done} of ${this.#paths} files`;
  }
}

interface Plan {
  readonly shown: boolean;
  /** Undefined when unknown. */
  readonly totalBytes: number | undefined;
}

/** Formats bytes in powers of 1000, with three digits. */
function formatBytes(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 999.5) return `${unit === 'B' || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${unit}`;
    value /= 1000;
  }
  return `${value.toFixed(1)} TB`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
