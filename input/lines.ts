import { takeTurns } from '../zstd/index.js';
import { ArchiveInputError } from './error.js';
import { LineSplitter } from './line-splitter.js';
import type { ArchiveSource } from './source.js';

/** A line of an archive. */
export interface ArchiveLine {
  /** From 1. */
  readonly line: number;
  /** Without its newline. */
  readonly text: string;
}

/** How archives are read. */
export interface ReadOptions {
  /** Longest line, in bytes; {@link MAX_LINE_BYTES} if not given. */
  readonly maxLineBytes?: number;
  /**
   * Told of all that is damaged, and then passed over: a line that is no record or too long, or the rest of an archive
   * from where it cannot be decompressed or read. What it throws ends the reading. Without it, the first problem is
   * thrown.
   */
  readonly onProblem?: ((error: ArchiveInputError) => void) | undefined;
}

/**
 * The longest record that can be written is 256 attributes of 64 KiB each, 22 MiB in base64. A line beyond three times
 * that is no record, and waiting for its end would take all memory.
 */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Reads the lines of an archive as it comes, in memory of one chunk and one line. The last line needs no newline. Bytes
 * that are not UTF-8 become U+FFFD.
 * @throws ArchiveInputError when the archive cannot be read further, or a line is too long (`ERR_LINE_LENGTH`), unless
 *   {@link ReadOptions.onProblem} takes it. All whole lines before have been yielded; a line that damage cuts is not.
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

/** The lines that end in one piece of an archive. Valid until the next piece is asked for. */
export interface LineBatch extends Pick<LineSplitter, 'line' | 'bytes' | 'start' | 'end'> {
  /** Goes to the next line; false when there is none. */
  next(): boolean;
  /** Passes over the empty lines that come next; returns how many. */
  skipEmpty(): number;
}

/** Of a longer piece so much is looked at in one go: whoever reads gives others a turn in between. */
const BATCH_BYTES = 64 * 1024;

/** As {@link readLines}, a piece of the archive at a time. All lines of a batch must be taken before the next. */
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
        // Whatever comes of it, a line that was begun is not given.
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

/** Gives a problem to whoever wants it; throws anything else. */
export function report(error: unknown, onProblem: ReadOptions['onProblem']): void {
  if (onProblem === undefined || !(error instanceof ArchiveInputError)) throw error;
  onProblem(error);
}

/** The one line that has no newline. */
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
}
