import { Decompress } from 'fzstd';

/** Room behind the window, as a share of it: so seldom is the window moved, each time by so much content. */
const ROOM_SHARE = 1 / 8;
const LEAST_ROOM_BYTES = 1024 * 1024;

/** fzstd's state of a frame: its window, and how long that is. */
interface FrameState {
  w: Uint8Array;
  readonly e: number;
}

/**
 * Decodes a frame block by block in pure JavaScript; knows no checksum. It is fzstd's decoder, but for the window: that
 * one moves all of it after each block, so that a block of one byte costs 128 MiB. Here a block is appended, and the
 * window moves when the room behind it is used up.
 */
export class BlockDecoder {
  readonly #decoder: Decompress;
  /** The window is the last bytes before `#end`. */
  #past = NOTHING;
  #end = 0;
  #block: Buffer = NOTHING;

  /** @param windowBytes how far back blocks refer at most */
  constructor(windowBytes: number) {
    this.#decoder = new Decompress((block) => this.#take(block));
    this.#decoder.push(frameHeader(windowBytes));
  }

  /**
   * Decodes one whole block, with its header. The content is valid until the next call.
   * @throws Error of fzstd
   */
  decode(block: Uint8Array): Buffer {
    this.#block = NOTHING;
    const before = this.#state();
    this.#decoder.push(block);
    if (before !== undefined && this.#past.length > 0) {
      before.w = this.#past.subarray(this.#end - before.e, this.#end);
    }
    return this.#block;
  }

  #take(block: Uint8Array): void {
    const state = this.#state();
    if (block.length === 0 || state === undefined) return;
    if (this.#past.length === 0) {
      this.#past = Buffer.alloc(state.e + Math.max(LEAST_ROOM_BYTES, Math.ceil(state.e * ROOM_SHARE)));
      this.#end = state.e;
    }
    if (this.#end + block.length > this.#past.length) {
      this.#past.copyWithin(0, this.#end - state.e, this.#end);
      this.#end = state.e;
    }
    this.#past.set(block, this.#end);
    this.#end += block.length;
    this.#block = Buffer.from(block.buffer, block.byteOffset, block.length);
    // What fzstd moves, and writes the block to, when this returns.
    state.w = new Uint8Array(block.length);
  }

  /** Not in fzstd's types; the version is pinned, and tests decode frames of which every byte hangs on it. */
  #state(): FrameState | undefined {
    const { s } = this.#decoder as unknown as { readonly s?: FrameState | number };
    return typeof s === 'object' ? s : undefined;
  }
}

const NOTHING = Buffer.alloc(0);

/**
 * A header with a window at least this long and every field that there is: fzstd waits for the 18 bytes that this takes,
 * and with a shorter one it would be given several blocks at once.
 */
function frameHeader(windowBytes: number): Buffer {
  // Content size of 8 bytes and dictionary id of 4, both 0; fzstd looks at neither.
  const header = Buffer.from('28b52ffdc300000000000000000000000000', 'hex');
  let exponent = 10;
  while (2 ** exponent < windowBytes) exponent++;
  const base = 2 ** (exponent - 1);
  const eighths = exponent === 10 ? 8 : Math.ceil((windowBytes - base) / (base / 8));
  header[5] = eighths === 8 ? (exponent - 10) << 3 : ((exponent - 11) << 3) | eighths;
  return header;
}
