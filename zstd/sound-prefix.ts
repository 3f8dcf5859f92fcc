import { readFrames } from './decompress.js';
import { ZstdError } from './error.js';

/** How far compressed input is sound: whole frames one after the other, that decode and whose checksums hold. */
export interface SoundPrefix {
  /** Where the last of those frames ends, offset in the compressed input. */
  readonly bytes: number;
  /** How many there are, skippable ones included. */
  readonly frames: number;
  /** The last byte of their content; absent when they hold none. */
  readonly lastByte?: number;
  /** What ended them; absent when the input is sound to its end. */
  readonly damage?: ZstdError;
}

/**
 * Decodes frames until one cannot be read, in the memory that one frame takes. Input without any byte is sound.
 * @throws whatever the source throws; never a ZstdError
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
 * Whether the first frame that holds data is whole, decodes, and has the right checksum; what follows is not looked at.
 * @throws whatever the source throws; never a ZstdError
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
