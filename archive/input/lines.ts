import { takeTurns } from '../../zstd/index.js';
import { ArchiveInputError } from './error.js';
import { LineSplitter } from './line-splitter.js';
import type { ArchiveSource } from './source.js';

/** Line of an archive. */
export interface ArchiveLine {
  /** Number of the line, from 1. */
  readonly line: number;
  /** Text of the line, without its newline. */
  readonly text: string;
}

/** Options for reading archives. */
export interface ReadOptions {
  /** Maximum length of a line in bytes; default {@link MAX_LINE_BYTES}. */
  readonly maxLineBytes?: number;
  /**
   * Called for everything damaged, which is then skipped: a line that is too long or not a record, or the rest of an
   * archive that cannot be decompressed or read. An error that it throws ends the reading. Without it, the first
   * problem is thrown.
   */
  readonly onProblem?: ((error: ArchiveInputError) => void) | undefined;
}

/**
 * Maximum length of a line by default. The longest possible record has 256 attributes of 64 KiB each, which is 22 MiB
 * in base64. A line three times as long is not a record, and waiting for its end would use up the memory.
 */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Streams the lines of an archive, with one chunk and one line in memory. The last line needs no newline. Bytes that
 * are not UTF-8 become U+FFFD.
 * @throws ArchiveInputError when the archive cannot be read further, or a line is too long (`ERR_LINE_LENGTH`), unless
 *   {@link ReadOptions.onProblem} is set. All whole lines before it have been yielded; a line that is cut is not
 *   yielded.
 */
export async function* readLines(
  source: ArchiveSource,
  options: ReadOptions = {},
): AsyncGenerator<ArchiveLine, void, undefined> {
  for await (const lines of splitLines(source, options)) {
    while (lines.next()) {
      const { line, bytes, start, end } = lines;
      yield { line, text: bytes.toString('utf8', start, end) };
    }
  }
}

/** Lines that end in one piece of an archive. Valid until the next piece is requested. */
export interface LineBatch extends Pick<LineSplitter, 'line' | 'bytes' | 'start' | 'end' | 'piece' | 'nextStart'> {
  /** Moves to the next line. Returns false at the end of the batch. */
  next(): boolean;
  /** Skips consecutive empty lines and returns their number. */
  skipEmpty(): number;
  /** Moves to the line from `nextStart` to this newline; returns false if it is too long. */
  take(newline: number): boolean;
}

/** Bytes per batch. Longer pieces are split, so that other work gets a turn in between. */
const BATCH_BYTES = 64 * 1024;

/**
 * Streams the lines of an archive in batches; see {@link readLines}. Take all lines of a batch before the next batch.
 */
export async function* splitLines(
  { path, content }: ArchiveSource,
  { maxLineBytes = MAX_LINE_BYTES, onProblem }: ReadOptions,
): AsyncGenerator<LineBatch, void, undefined> {
  const lines = new LineSplitter(maxLineBytes, (line) => {
    const reason = `line is longer than ${maxLineBytes} bytes`;
    report(new ArchiveInputError(path, reason, { code: 'ERR_LINE_LENGTH', line }), onProblem);
  });
  const pieces = content[Symbol.asyncIterator]();
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await pieces.next();
      } catch (error) {
        // The line that was begun is incomplete, so it is not yielded.
        report(error, onProblem);
        return;
      }
      if (next.done) break;
      const { buffer, byteOffset, byteLength } = next.value;
      for (let at = 0; at < byteLength; at += BATCH_BYTES) {
        lines.push(Buffer.from(buffer, byteOffset + at, Math.min(BATCH_BYTES, byteLength - at)));
        yield lines;
        const turn = takeTurns();
        if (turn !== undefined) await turn;
      }
    }
    if (lines.finish()) yield new LastLine(lines);
  } finally {
    await pieces.return?.();
  }
}

/** Passes a problem to `onProblem`. Throws the error without `onProblem`, or if it is not an ArchiveInputError. */
export function report(error: unknown, onProblem: ReadOptions['onProblem']): void {
  if (onProblem === undefined || !(error instanceof ArchiveInputError)) throw error;
  onProblem(error);
}

/** Batch of the last line if that has no newline. */
class LastLine implements LineBatch {
  readonly line: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  #given = false;

  constructor({ line, bytes, start, end }: LineSplitter) {
    this.line = line;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  next(): boolean {
    const first = !this.#given;
    this.#given = true;
    return first;
  }

  skipEmpty(): number {
    return 0;
  }

  get piece(): Buffer {
    return this.bytes;
  }

  /** The line has no newline by which it could be taken. */
  get nextStart(): number {
    return -1;
  }

  take(): boolean {
    return false;
  }
}
