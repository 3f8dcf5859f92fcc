import { type Opening, openEvent } from './connection-event.js';
import type { EventPosition } from './event.js';
import { formatOpen } from './event-line.js';
import type { Chunk } from './event-log.js';

/** Approximate size of a chunk: formatting it takes a tenth of a millisecond. Other work runs between two chunks. */
const CHUNK_BYTES = 32 * 1024;

/**
 * Yields open events of connections, marked as replay, in chunks of whole lines. Each chunk is formatted only when it
 * is requested.
 */
export function* replayChunks(
  openings: Iterable<Opening>,
  position: EventPosition | undefined,
): Generator<Chunk, void, undefined> {
  let lines: string[] = [];
  let bytes = 0;
  for (const opening of openings) {
    const line = formatOpen({ ...openEvent(opening, position), replay: true });
    lines.push(line);
    bytes += line.length + 1;
    if (bytes >= CHUNK_BYTES) {
      yield { chunk: toChunk(lines), events: lines.length };
      lines = [];
      bytes = 0;
    }
  }
  if (lines.length > 0) {
    yield { chunk: toChunk(lines), events: lines.length };
  }
}

/** Joins lines to the bytes that are sent. */
export function toChunk(lines: readonly string[]): Uint8Array {
  return Buffer.from(`${lines.join('\n')}\n`);
}
