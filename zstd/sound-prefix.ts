import { readFrames } from './decompress.js';
import { ZstdError } from './error.js';

/** Valid beginning of compressed input: consecutive complete frames that decode and whose checksums match. */
export interface SoundPrefix {
  /** End offset of the last valid frame in the compressed input. */
  readonly bytes: number;
  /** Number of valid frames, including skippable ones. */
  readonly frames: number;
  /** Last byte of the frames' content; absent without content. */
  readonly lastByte?: number;
  /** Fault after the valid frames; absent when the input is valid to its end. */
  readonly damage?: ZstdError;
}

/**
 * Decodes frames until one cannot be read, with the memory for one frame. Empty input is valid.
 * @throws errors of the source; never a ZstdError
 */
export async function soundPrefix(source: AsyncIterable<Uint8Array>): Promise<SoundPrefix> {
  let bytes = 0;
  let frames = 0;
  let sound: number | undefined;
  let begun: number | undefined;
  const result = (): SoundPrefix => ({ bytes, frames, ...(sound === undefined ? {} : { lastByte: sound }) });
  try {
    for await (const event of readFrames(source)) {
      if (event.kind === 'content') {
        begun = event.content.at(-1);
      } else {
        bytes = event.end;
        frames++;
        sound = begun ?? sound;
      }
    }
  } catch (damage) {
    if (!(damage instanceof ZstdError)) throw damage;
    return { ...result(), damage };
  }
  return result();
}

/**
 * Returns whether the first frame with content is complete, decodes, and has the right checksum. Ignores what follows.
 * @throws errors of the source; never a ZstdError
 */
export async function beginsSoundly(source: AsyncIterable<Uint8Array>): Promise<boolean> {
  let content = false;
  try {
    for await (const event of readFrames(source)) {
      if (event.kind === 'content') content = true;
      else if (content) return true;
    }
  } catch (damage) {
    if (!(damage instanceof ZstdError)) throw damage;
  }
  return false;
}
