/** What frames chunks: RFC 9112 §7.1. */
import { type Direction, State } from './flow.js';

/** Result of {@link frameChunk}: the message goes on, it is over, or the byte cannot be there. */
export const ChunkStep = { on: 0, over: 1, invalid: 2 } as const;
export type ChunkStep = (typeof ChunkStep)[keyof typeof ChunkStep];

/** Digits of a chunk's size; more are beyond 2^52. */
const MOST_SIZE_DIGITS = 13;

const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;
const SPACE = 0x20;
const TAB = 0x09;

/** Makes the size of a chunk what comes next. */
export function beginSize(direction: Direction): void {
  direction.state = State.chunkSize;
  direction.remaining = 0;
  direction.lineLength = 0;
}

/** Takes a byte of sizes, extensions, line ends or trailers; `direction.state` says of which, and what follows. */
export function frameChunk(direction: Direction, byte: number): ChunkStep {
  switch (direction.state) {
    case State.chunkSize:
      if (!takeSize(direction, byte)) return ChunkStep.invalid;
      if (byte === LF) beginChunk(direction);
      return ChunkStep.on;
    case State.chunkExtension:
      if (byte === LF) beginChunk(direction);
      return ChunkStep.on;
    case State.chunkEnd:
      if (byte === LF) beginSize(direction);
      else if (byte !== CR || direction.lineLength++ > 0) return ChunkStep.invalid;
      return ChunkStep.on;
    default:
      if (byte === LF && direction.lineLength === 0) return ChunkStep.over;
      if (byte === LF) direction.lineLength = 0;
      else if (byte !== CR) direction.lineLength++;
      return ChunkStep.on;
  }
}

/** Begins the data of a chunk; the last one has none, and trailers follow. */
function beginChunk(direction: Direction): void {
  direction.state = direction.remaining === 0 ? State.trailer : State.chunkData;
  direction.lineLength = 0;
}

/** Takes a byte of the line with a chunk's size. Returns whether it may be there. */
function takeSize(direction: Direction, byte: number): boolean {
  const digit = hexDigit(byte);
  if (digit >= 0) {
    if (direction.lineLength++ >= MOST_SIZE_DIGITS) return false;
    direction.remaining = 16 * direction.remaining + digit;
    return true;
  }
  if (direction.lineLength === 0) return false;
  if (byte === SEMICOLON || byte === SPACE || byte === TAB) direction.state = State.chunkExtension;
  else return byte === CR || byte === LF;
  return true;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Returns whether a segment ends with the last chunk, on a line of its own. */
export function endsChunks(bytes: Uint8Array, start: number, end: number): boolean {
  const at = end - 5;
  if (at < start || (at > start && bytes[at - 1] !== LF)) return false;
  return (
    bytes[at] === 0x30 && bytes[at + 1] === CR && bytes[at + 2] === LF && bytes[at + 3] === CR && bytes[at + 4] === LF
  );
}
