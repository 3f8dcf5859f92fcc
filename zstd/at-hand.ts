import { decompressWhole } from './decode-frame.js';
import type { DecompressOptions } from './decompress.js';
import { ZstdError } from './error.js';
import { MAX_WINDOW_BYTES, toRawFrame } from './frame-format.js';
import { zstdLibrary } from './library.js';
import { MAX_AT_ONCE_BYTES, wholeFrame } from './whole-frame.js';

/** Longest window of frames that are decoded in advance: the decoder limit that the format recommends. */
const AT_HAND_WINDOW_BYTES = 8 * 1024 * 1024;

/** Inputs that are decoded with one call. */
interface Together {
  readonly inputs: Input[];
  bound: number;
}

interface Input {
  readonly bytes: Buffer;
  /** Lengths of the input's frames. */
  readonly frames: readonly number[];
  /** Upper bound of the content, in bytes. */
  readonly bound: number;
  readonly settle: (content: Promise<Buffer | undefined>) => void;
}

/**
 * Decompresses inputs that are completely in memory and decode to at most 4 MiB each. Waking a thread costs as much as
 * decoding a small input, so inputs of up to 4 MiB in total are decoded by one call.
 * @returns the content of each input; undefined for inputs that are too long, have a long window or no checksum, or are
 *   damaged or not zstd: use `decompressFrames` for them, which reports the fault
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
 * Separator between the contents of two inputs. It is random, so that no input can contain it on purpose. Not created
 * by node:crypto, which takes about 40 ms to load in every reading thread.
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
    // If one input is damaged, each is decoded alone to find out which.
    input.settle(contents.then((all) => all?.[i] ?? decode(input)));
  }
}

/** Splits content at each mark. */
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

/** Decodes one input; undefined if it is damaged. */
async function decode({ bytes, frames }: Input): Promise<Buffer | undefined> {
  try {
    // Only the native library decodes several frames at once.
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

/** Returns the frames of an input; undefined if it has other content, no checksums, or maybe more than 4 MiB. */
function framesOf(bytes: Buffer, maxWindowBytes: number): Pick<Input, 'frames' | 'bound'> | undefined {
  const frames: number[] = [];
  let bound = 0;
  for (let at = 0; at < bytes.length; ) {
    const frame = wholeFrame(at === 0 ? bytes : bytes.subarray(at), maxWindowBytes);
    bound += frame?.bound ?? Number.POSITIVE_INFINITY;
    // decompressWhole() would decode several frames by the first one's checksum flag.
    if (frame === undefined || !frame.hasChecksum || bound > MAX_AT_ONCE_BYTES) return undefined;
    frames.push(frame.length);
    at += frame.length;
  }
  return frames.length === 0 ? undefined : { frames, bound };
}
