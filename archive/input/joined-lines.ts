import { DecodeError } from '../../netlink/index.js';
import { decodeRecord, type Metadata } from '../../parse/index.js';
import type { ArchiveInputError } from './error.js';
import { readLines } from './lines.js';
import type { ArchiveSource } from './source.js';

/** Characters after which lines are handed over. */
const PIECE_CHARACTERS = 64 * 1024;

/** Options of {@link joinedLines}. */
export interface JoinedLinesOptions {
  /** Returns whether an archive is one of the connection, by its first line: the metadata; undefined if it has none. */
  readonly isOwn: (metadata: Metadata | undefined) => boolean;
  /** Called for everything that cannot be read. */
  readonly onProblem: (error: ArchiveInputError) => void;
  /** Longest window of a zstd frame, bytes. */
  readonly maxWindowBytes?: number;
}

/**
 * Reads the archives of a connection, and yields pieces of whole lines, with the metadata of the first archive only:
 * together they are one archive. Archives of other connections are skipped, and so is the rest of an archive that is
 * still being written.
 */
export async function* joinedLines(
  sources: Iterable<ArchiveSource> | AsyncIterable<ArchiveSource>,
  { isOwn, ...options }: JoinedLinesOptions,
): AsyncGenerator<string, void, undefined> {
  let piece = '';
  let hasMetadata = false;
  for await (const source of sources) {
    let isTaken = false;
    for await (const { text, line } of readLines(source, options)) {
      if (line === 1) {
        const metadata = metadataIn(text);
        isTaken = isOwn(metadata);
        if (isTaken && hasMetadata && metadata !== undefined) continue;
        hasMetadata ||= isTaken && metadata !== undefined;
      }
      if (!isTaken) break;
      piece += `${text}\n`;
      if (piece.length < PIECE_CHARACTERS) continue;
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}

/** Returns the metadata in the first line of an archive; undefined if it is no metadata. */
function metadataIn(line: string): Metadata | undefined {
  try {
    return decodeRecord(line).metadata;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
