import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  decodeTrailer,
  parseSegmentName,
  type SegmentName,
  type SegmentTrailer,
  type StreamKind,
  TRAILER_BYTES,
} from '../../live/stream/index.js';
import { readFrames, ZstdError } from '../../zstd/index.js';

/** Segment of a stream as it is in its folder. */
export interface ReadSegment extends SegmentName {
  readonly path: string;
  readonly bytes: number;
  readonly trailer: SegmentTrailer | undefined;
  /** Lines by frame. */
  readonly frames: readonly (readonly string[])[];
}

/** Reads all segments of a kind, also those that are not finished, in order of names. */
export async function readSegments(folder: string, kind: StreamKind): Promise<ReadSegment[]> {
  const segments: ReadSegment[] = [];
  for (const name of namesIn(join(folder, kind))) {
    const place = parseSegmentName(name);
    if (place === undefined) throw new Error(`${name} in the folder of a stream is no segment`);
    const path = join(folder, kind, name);
    const content = readFileSync(path);
    const trailer = decodeTrailer(content.subarray(-TRAILER_BYTES));
    segments.push({ ...place, path, bytes: statSync(path).size, trailer, frames: await framesOf(content) });
  }
  return segments;
}

/** Reads all lines of a kind as objects. Integers beyond a number's range lose their last digits, as times do. */
export async function readLines(folder: string, kind: StreamKind): Promise<Record<string, unknown>[]> {
  const segments = await readSegments(folder, kind);
  return segments.flatMap(({ frames }) => frames.flat()).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Returns the lines of the whole frames of a segment, whose last one may be cut. */
export async function wholeLines(path: string): Promise<string[]> {
  let [whole, begun] = ['', ''];
  try {
    for await (const event of readFrames(Readable.from([readFileSync(path)]))) {
      if (event.kind === 'content') {
        begun += event.content.toString();
      } else {
        whole += begun;
        begun = '';
      }
    }
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
  }
  return whole.split('\n').slice(0, -1);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function framesOf(content: Buffer): Promise<string[][]> {
  const frames: string[][] = [];
  let pieces: Buffer[] = [];
  for await (const event of readFrames(Readable.from([content]))) {
    if (event.kind === 'content') {
      pieces.push(Buffer.from(event.content));
      continue;
    }
    const lines = Buffer.concat(pieces).toString().split('\n');
    pieces = [];
    // A trailer has no content.
    if (lines.pop() !== '') throw new Error('a frame does not end with a newline');
    if (lines.length > 0) frames.push(lines);
  }
  return frames;
}
