import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { countLines, type StreamKind } from '../../live/stream/index.js';
import { readFrames, ZstdError } from '../../zstd/index.js';

/** Bytes that are read at once: more than any frame, whose lines are at most 512 KiB. */
const READ_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** Frame of a segment. */
export interface SegmentFrame {
  /** The frame as it lies in the file. */
  readonly bytes: Buffer;
  /** Number of its lines, and their bytes. */
  readonly rows: number;
  readonly contentBytes: number;
  /** Origin as its first line has it. */
  readonly cluster: string;
  readonly node: string;
}

/**
 * Frames of a segment from an offset on, and what follows them: `more` than was read, the `end` of a finished segment,
 * nothing yet (`wait`), or bytes that cannot be read (`damaged`).
 */
export interface SegmentPart {
  readonly frames: readonly SegmentFrame[];
  readonly next: 'more' | 'end' | 'wait' | 'damaged';
}

/**
 * Reads whole frames of a segment. The last frame of one that is being written may be cut.
 * @throws the system's error
 */
export async function readSegment(
  path: string,
  kind: StreamKind,
  offset: number,
  isOpen: boolean,
): Promise<SegmentPart> {
  const bytes = await readAt(path, offset);
  const [ended, unreadable] = isOpen ? (['wait', 'wait'] as const) : (['end', 'damaged'] as const);
  if (bytes.length === 0) return { frames: [], next: ended };
  const frames: SegmentFrame[] = [];
  let pieces: Buffer[] = [];
  try {
    for await (const event of readFrames(Readable.from([bytes]))) {
      if (event.kind === 'content') {
        pieces.push(event.content);
        continue;
      }
      // Only the trailer has no content.
      if (pieces.length === 0) return { frames, next: ended };
      const frame = describe(bytes.subarray(event.start, event.end), kind, pieces);
      if (frame === undefined) return { frames, next: frames.length > 0 ? 'more' : unreadable };
      frames.push(frame);
      pieces = [];
    }
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
    if (frames.length === 0) return { frames, next: unreadable };
  }
  return { frames, next: 'more' };
}

async function readAt(path: string, offset: number): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    const length = Math.min(READ_BYTES, Math.max(0, size - offset));
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file?.close();
  }
}

/** Returns a frame with what its lines say; undefined if they have no origin. */
function describe(bytes: Buffer, kind: StreamKind, pieces: readonly Buffer[]): SegmentFrame | undefined {
  const content = Buffer.concat(pieces);
  const origin = originOf(content, kind);
  if (origin === undefined) return undefined;
  return { bytes, rows: countLines(content), contentBytes: content.length, ...origin };
}

function originOf(content: Buffer, kind: StreamKind): { cluster: string; node: string } | undefined {
  const end = content.indexOf(NEWLINE);
  if (end < 0) return undefined;
  let line: unknown;
  try {
    line = JSON.parse(content.toString('utf8', 0, end));
  } catch {
    return undefined; // damage that a checksum did not show: the caller sets the segment aside
  }
  if (typeof line !== 'object' || line === null) return undefined;
  const values = line as Record<string, unknown>;
  const [cluster, node] = kind === 's' ? [values['Cluster'], values['Node']] : [values['cluster'], values['node']];
  return typeof cluster === 'string' && typeof node === 'string' ? { cluster, node } : undefined;
}
