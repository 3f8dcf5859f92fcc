import { Decompress } from 'fzstd';

/** Room behind the window, as a share of it: so seldom is the window moved, each time by so much content. */
const ROOM_SHARE = 1 / 8;
const LEAST_ROOM_BYTES = 1024 * 1024;
/** What is kept at first; then it doubles. */
const FIRST_BYTES = 16 * 1024;

/**
 * A header with every field that there is: fzstd waits for the 18 bytes that this takes, and with a shorter one it would
 * be given several blocks at once. The window is that of a block, 128 KiB; content size and dictionary id are 0, and
 * fzstd looks at neither.
 */
const HEADER = Buffer.from('28b52ffdc338000000000000000000000000', 'hex');

/** fzstd's state of a frame: its window, and how long that is. */
interface FrameState {
  w: Uint8Array;
  e: number;
}

/**
 * Decodes a frame block by block in pure JavaScript; knows no checksum. It is fzstd's decoder, but for the window: that
 * one makes all of it at the start, and moves all of it after each block, so that a block of one byte costs 128 MiB. Here
 * a block is appended to what has been decoded, which grows as long as the window and is then moved now and then.
 */
export class BlockDecoder {
  readonly #decoder: Decompress;
  readonly #windowBytes: number;
  /** What has been decoded, up to `#end`; the window is the last of it. */
  #past = NOTHING;
  #end = 0;
  #block: Buffer = NOTHING;

  /** @param windowBytes how far back blocks refer at most */
  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
    this.#decoder = new Decompress((block) => this.#take(block));
    this.#decoder.push(HEADER);
  }

  /**
   * Decodes one whole block, with its header.
   * @throws Error of fzstd
   */
  decode(block: Uint8Array): Buffer {
    this.#block = NOTHING;
    const state = this.#state();
    this.#decoder.push(block);
    if (state !== undefined) {
      const start = Math.max(0, this.#end - this.#windowBytes);
      state.w = this.#past.subarray(start, this.#end);
      state.e = this.#end - start;
    }
    return this.#block;
  }

  #take(block: Uint8Array): void {
    this.#reserve(block.length);
    this.#past.set(block, this.#end);
    this.#end += block.length;
    this.#block = Buffer.from(block.buffer, block.byteOffset, block.length);
    // What fzstd moves, and writes the block to, when this returns.
    const state = this.#state();
    if (state !== undefined) state.w = new Uint8Array(block.length);
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

  /** Not in fzstd's types; the version is pinned, and tests decode frames of which every byte hangs on it. */
  #state(): FrameState | undefined {
    const { s } = this.#decoder as unknown as { readonly s?: FrameState | number };
    return typeof s === 'object' ? s : undefined;
  }
}

const NOTHING = Buffer.alloc(0);
