import type { Writable } from 'node:stream';

/** Bytes of lines that wait to be written, above which further lines are left out. */
const MAX_WAITING_BYTES = 2 ** 20;
/** Time without any progress after which the reader of an output is taken to have stopped, milliseconds. */
const STUCK_MS = 2000;
/** Time between two looks at outputs, milliseconds. */
const LOOK_MS = 20;

/** Lines of a program that runs for long: a reader that has stopped must not make its memory grow. */
export class LineOutput {
  readonly #stream: Writable;
  readonly #onLeftOut: (lines: number) => void;
  #leftOut = 0;

  /** @param onLeftOut called with the number of lines that were left out, as soon as there is room again; it may write */
  constructor(stream: Writable, onLeftOut: (lines: number) => void) {
    this.#stream = stream;
    this.#onLeftOut = onLeftOut;
  }

  /** Writes a line, with its newline; leaves it out if 1 MiB waits already. */
  write(line: string): void {
    if (this.#stream.writableLength > MAX_WAITING_BYTES) {
      this.#leftOut++;
      return;
    }
    const lines = this.#leftOut;
    this.#leftOut = 0;
    if (lines > 0) this.#onLeftOut(lines);
    this.#stream.write(line);
  }
}

/**
 * Waits until everything was passed on that streams were given. Resolves to false when nothing has moved for 2 s: a
 * pipe that no program reads would keep the process alive for ever.
 */
export async function isWritten(...streams: readonly Writable[]): Promise<boolean> {
  let before = Number.POSITIVE_INFINITY;
  let movedMs = performance.now();
  for (;;) {
    const waiting = streams.reduce((sum, stream) => sum + (stream.destroyed ? 0 : stream.writableLength), 0);
    const nowMs = performance.now();
    if (waiting === 0) return true;
    if (waiting < before) movedMs = nowMs;
    else if (nowMs - movedMs >= STUCK_MS) return false;
    before = waiting;
    await new Promise<void>((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
