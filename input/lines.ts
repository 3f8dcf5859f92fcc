import { ArchiveInputError } from './error.js';
import type { ArchiveSource } from './source.js';

/** A line of an archive. */
export interface ArchiveLine {
  /** From 1. */
  readonly line: number;
  /** Without its newline. */
  readonly text: string;
}

/** How lines are read. */
export interface ReadLinesOptions {
  /** Longest line, in bytes; {@link MAX_LINE_BYTES} if not given. */
  readonly maxLineBytes?: number;
  /**
   * Told of a cut archive (`ERR_CUT`), which then ends where it is cut. Without it the cut is thrown. For whoever reads
   * many archives and goes on to the next.
   */
  readonly onCut?: (error: ArchiveInputError) => void;
}

/**
 * The longest record that can be written is 256 attributes of 64 KiB each, 22 MiB in base64. A line beyond three times
 * that is no record, and waiting for its end would take all memory.
 */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * Reads the lines of an archive as it comes, in memory of one chunk and one line. The last line needs no newline. Bytes
 * that are not UTF-8 become U+FFFD.
 * @throws ArchiveInputError when the archive cannot be read further, or a line is too long (`ERR_LINE_LENGTH`). All
 *   whole lines before have been yielded; a line that the error cuts is not.
 */
export async function* readLines(
  source: ArchiveSource,
  { maxLineBytes = MAX_LINE_BYTES, onCut }: ReadLinesOptions = {},
): AsyncGenerator<ArchiveLine, void, undefined> {
  try {
    yield* splitLines(source, maxLineBytes);
  } catch (error) {
    if (onCut === undefined || !(error instanceof ArchiveInputError) || error.code !== 'ERR_CUT') throw error;
    onCut(error);
  }
}

async function* splitLines(
  { path, content }: ArchiveSource,
  maxLineBytes: number,
): AsyncGenerator<ArchiveLine, void, undefined> {
  let line = 0;
  let begun: Buffer[] = [];
  let begunBytes = 0;
  const check = (bytes: number): void => {
    if (bytes > maxLineBytes) {
      const reason = `line is longer than ${maxLineBytes} bytes`;
      throw new ArchiveInputError(path, reason, { code: 'ERR_LINE_LENGTH', line: line + 1 });
    }
  };
  for await (const { buffer, byteOffset, byteLength } of content) {
    const chunk = Buffer.from(buffer, byteOffset, byteLength);
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      check(begunBytes + end - start);
      let text: string;
      if (begunBytes === 0) {
        text = chunk.toString('utf8', start, end);
      } else {
        text = Buffer.concat([...begun, chunk.subarray(start, end)]).toString('utf8');
        begun = [];
        begunBytes = 0;
      }
      start = end + 1;
      yield { line: ++line, text };
    }
    if (start < chunk.length) {
      begun.push(chunk.subarray(start));
      begunBytes += chunk.length - start;
      check(begunBytes);
    }
  }
  if (begunBytes > 0) yield { line: ++line, text: Buffer.concat(begun).toString('utf8') };
}
