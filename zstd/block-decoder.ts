import { BlockError } from './block-error.js';
import { BLOCK_HEADER_BYTES, BlockType, MAX_BLOCK_BYTES, readBlockHeader } from './frame-format.js';
import { LiteralsDecoder } from './literals.js';
import { SequencesDecoder } from './sequences.js';

/** Free room after the window, as a share of the window: the window is moved only when this much content was added. */
const ROOM_SHARE = 1 / 8;
const LEAST_ROOM_BYTES = 1024 * 1024;
/** Initial size of the memory, which then doubles. */
const FIRST_BYTES = 16 * 1024;

/**
 * Decodes a frame block by block in pure JavaScript, without its checksum. Each block is appended to the decoded
 * content, which grows up to the size of the window and is then moved from time to time. So the time is proportional to
 * content and input, for any window size and any sizes that blocks declare.
 */
export class BlockDecoder {
  readonly #windowBytes: number;
  readonly #literals = new LiteralsDecoder();
  readonly #sequences = new SequencesDecoder();
  /** Decoded content, up to `#end`; its last part is the window. */
  #past = NOTHING;
  #end = 0;

  /** @param windowBytes maximum distance of references to earlier content */
  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  /**
   * Decodes one complete block with its header. The caller owns the result.
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

  /** Makes room for more bytes after the decoded content. */
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
