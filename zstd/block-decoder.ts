import { BlockError } from './block-error.js';
import { BLOCK_HEADER_BYTES, BlockType, MAX_BLOCK_BYTES, readBlockHeader } from './frame-format.js';
import { LiteralsDecoder } from './literals.js';
import { SequencesDecoder } from './sequences.js';

/** Room behind the window, as a share of it: so seldom is the window moved, each time by so much content. */
const ROOM_SHARE = 1 / 8;
const LEAST_ROOM_BYTES = 1024 * 1024;
/** What is kept at first; then it doubles. */
const FIRST_BYTES = 16 * 1024;

/**
 * Decodes a frame block by block in pure JavaScript; knows no checksum. A block is appended to what has been decoded,
 * which grows as long as the window and is then moved now and then: time is proportional to content and input, whatever
 * the window and whatever the blocks state.
 */
export class BlockDecoder {
  readonly #windowBytes: number;
  readonly #literals = new LiteralsDecoder();
  readonly #sequences = new SequencesDecoder();
  /** What has been decoded, up to `#end`; the window is the last of it. */
  #past = NOTHING;
  #end = 0;

  /** @param windowBytes how far back blocks refer at most */
  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  /**
   * Decodes one whole block, with its header. What it returns is the caller's.
   * @throws BlockError
   */
  decode(block: Buffer): Buffer {
    const { type, size } = readBlockHeader(block, 0);
    const body = block.subarray(BLOCK_HEADER_BYTES);
    switch (type) {
      case BlockType.RAW:
        return this.#append(Buffer.from(body));
      case BlockType.RLE:
        return this.#append(Buffer.alloc(size, body.subarray(0, 1)));
      case BlockType.COMPRESSED:
        return this.#decompress(body);
      default:
        throw new BlockError('reserved block type');
    }
  }

  #append(content: Buffer): Buffer {
    this.#reserve(content.length);
    this.#past.set(content, this.#end);
    this.#end += content.length;
    return content;
  }

  #decompress(body: Buffer): Buffer {
    const { bytes: literals, next } = this.#literals.decode(body, 0);
    this.#reserve(MAX_BLOCK_BYTES);
    const start = this.#end;
    const lowest = Math.max(0, start - this.#windowBytes);
    const output = { bytes: this.#past, lowest, start, end: start + MAX_BLOCK_BYTES };
    this.#end = this.#sequences.decode(body, next, literals, output);
    return Buffer.from(this.#past.subarray(start, this.#end));
  }

  /** Makes room for so many bytes behind what there is. */
  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#past.length) return;
    const most = this.#windowBytes + Math.max(LEAST_ROOM_BYTES, Math.ceil(this.#windowBytes * ROOM_SHARE));
    if (this.#past.length < most) {
      const grown = Buffer.allocUnsafeSlow(Math.min(most, Math.max(FIRST_BYTES, 2 * (this.#end + bytes))));
      this.#past.copy(grown, 0, 0, this.#end);
      this.#past = grown;
    }
    if (this.#end + bytes <= this.#past.length) return;
    this.#past.copyWithin(0, this.#end - this.#windowBytes, this.#end);
    this.#end = this.#windowBytes;
  }
}

const NOTHING = Buffer.alloc(0);
