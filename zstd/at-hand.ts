import { decompressWhole } from './decode-frame.js';
import type { DecompressOptions } from './decompress.js';
import { ZstdError } from './error.js';
import { MAX_WINDOW_BYTES, toRawFrame } from './frame-format.js';
import { zstdLibrary } from './library.js';
import { MAX_AT_ONCE_BYTES, wholeFrame } from './whole-frame.js';

/** The longest window of frames that are decoded ahead of their turn: the decoder limit that the format recommends. */
const AT_HAND_WINDOW_BYTES = 8 * 1024 * 1024;

/** Inputs that are decoded by one call. */
interface Together {
  readonly inputs: Input[];
  bound: number;
}

interface Input {
  readonly bytes: Buffer;
  /** Lengths of its frames. */
  readonly frames: readonly number[];
  /** Bytes that their content cannot exceed. */
  readonly bound: number;
  readonly settle: (content: Promise<Buffer | undefined>) => void;
}

/**
 * Decompresses inputs that are at hand as a whole, of which each decodes to no more than 4 MiB. Waking a thread costs as much
 * as decoding a small one, so that it is done once for as many as make 4 MiB.
 * @returns the content of each; undefined of what is none of these, also of long windows and of what is damaged:
 *   `decompressFrames` finds out what it is
 */
export function decompressAtHand(
  inputs: readonly Buffer[],
  { maxWindowBytes = MAX_WINDOW_BYTES }: Pick<DecompressOptions, 'maxWindowBytes'> = {},
): readonly Promise<Buffer | undefined>[] {
  const groups: Together[] = [];
  const contents = inputs.map((bytes) => {
    const found = framesOf(bytes, Math.min(AT_HAND_WINDOW_BYTES, maxWindowBytes));
    if (found === undefined) return Promise.resolve(undefined);
    return new Promise<Buffer | undefined>((settle) => {
      const last = groups.at(-1);
      const input = { bytes, ...found, settle };
      if (last === undefined || last.bound + found.bound > MAX_AT_ONCE_BYTES) {
        groups.push({ inputs: [input], bound: found.bound });
      } else {
        last.inputs.push(input);
        last.bound += found.bound;
      }
    });
  });
  for (const { inputs: together } of groups) decodeTogether(together);
  return contents;
}

/**
 * Marks where the content of one input ends and that of the next begins. It is chosen after the inputs were made, so none
 * can be made to hold it. Not by node:crypto, which takes every thread that reads some 40 ms to load.
 */
const MARK = Buffer.from(Array.from({ length: 16 }, () => Math.floor(256 * Math.random())));
const MARK_FRAME = toRawFrame(MARK);

function decodeTogether(inputs: readonly Input[]): void {
  const [first] = inputs;
  if (first === undefined) return;
  if (inputs.length === 1 || zstdLibrary() === undefined) {
    for (const input of inputs) input.settle(decode(input));
    return;
  }
  const packed = inputs.flatMap(({ bytes }) => [bytes, MARK_FRAME]);
  const contents = decompressWhole(Buffer.concat(packed), 0).then(split, (error: unknown) => {
    if (!(error instanceof ZstdError)) throw error;
    return undefined;
  });
  for (const [i, input] of inputs.entries()) {
    // One of them is damaged, and which one shows when each is by itself.
    input.settle(contents.then((all) => all?.[i] ?? decode(input)));
  }
}

/** Cuts content at each mark. */
function split(content: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(MARK, at);
    if (end === -1) throw new Error('decompress together: a mark is missing');
    pieces.push(content.subarray(at, end));
    at = end + MARK.length;
  }
  return pieces;
}

/** Content of one input. */
async function decode({ bytes, frames }: Input): Promise<Buffer | undefined> {
  try {
    // Only the library takes several frames at once.
    if (zstdLibrary() !== undefined) return await decompressWhole(bytes, 0);
    const contents: Buffer[] = [];
    let at = 0;
    for (const length of frames) {
      contents.push(await decompressWhole(bytes.subarray(at, at + length), at));
      at += length;
    }
    return Buffer.concat(contents);
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
    return undefined;
  }
}

/** The frames of an input that consists of nothing else and decodes to no more than 4 MiB. */
function framesOf(bytes: Buffer, maxWindowBytes: number): Pick<Input, 'frames' | 'bound'> | undefined {
  const frames: number[] = [];
  let bound = 0;
  for (let at = 0; at < bytes.length; ) {
    const frame = wholeFrame(at === 0 ? bytes : bytes.subarray(at), maxWindowBytes);
    bound += frame?.bound ?? Number.POSITIVE_INFINITY;
    if (frame === undefined || bound > MAX_AT_ONCE_BYTES) return undefined;
    frames.push(frame.length);
    at += frame.length;
  }
  return frames.length === 0 ? undefined : { frames, bound };
}
