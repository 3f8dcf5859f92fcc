import type { FinishedFrame } from '../../saver/index.js';

/** Size of the pieces of memory that hold frames: a buffer of its own for each frame takes some hundred bytes more. */
const SLAB_BYTES = 128 * 1024;
/** Memory of a frame beside its bytes: its object, the view of its bytes, and its places in two lists. */
export const FRAME_OVERHEAD_BYTES = 256;
/** Share of the limit for last frames of idle connections, so that they leave room for those that are busy. */
const LAST_SHARE = 1 / 2;

/** Owner of frames: one connection. */
export interface FrameOwner {
  /** Number of its frames in memory. */
  readonly count: number;
  /** True while its last frame is to stay although it is old. */
  readonly keepsLast: boolean;
  /** Notes that its oldest frame is dropped; `isEvicted` if there was no room for it. */
  dropped(frame: StoredFrame, isEvicted: boolean): void;
}

/** Frame in memory. */
export interface StoredFrame extends Omit<FinishedFrame, 'bytes'> {
  readonly owner: FrameOwner;
  /** Copy of the frame. Who holds it may read it after the frame is dropped. */
  bytes: Buffer;
}

/** Piece of memory with frames in the order of their arrival. It is not used again: readers may still hold its frames. */
interface Slab {
  readonly memory: Buffer;
  used: number;
  readonly frames: StoredFrame[];
  /** Index of the oldest frame that is not dropped. */
  oldest: number;
}

/** Options of {@link FrameMemory}. */
export interface FrameMemoryOptions {
  /** Limit of {@link FrameMemory.bytes}. */
  readonly maxBytes: number;
  /** Time for which frames are kept, milliseconds. */
  readonly keepMs: number;
}

/**
 * Memory of the frames of all connections. A frame is dropped as a whole: when it is older than the time to keep, and
 * the oldest of all when there is no room. The last frame of an open connection stays longer, because an idle
 * connection has a state, too; it goes when no other is left to go, or when such frames take half of the memory.
 */
export class FrameMemory {
  readonly #options: FrameMemoryOptions;
  /** Oldest first. */
  readonly #slabs: Slab[] = [];
  /** Old last frames, in memory of their own, the longest idle first. */
  readonly #last = new Set<StoredFrame>();
  #slabBytes = 0;
  #lastBytes = 0;
  #frames = 0;
  #ownerBytes = 0;

  constructor(options: FrameMemoryOptions) {
    this.#options = options;
  }

  /** Memory of frames and owners, bytes. */
  get bytes(): number {
    return this.#slabBytes + this.#lastBytes + this.#frames * FRAME_OVERHEAD_BYTES + this.#ownerBytes;
  }

  /** Number of frames. */
  get frames(): number {
    return this.#frames;
  }

  /** Adds `bytes`, which may be negative, to the memory of owners. */
  account(bytes: number): void {
    this.#ownerBytes += bytes;
    this.#makeRoom(0);
  }

  /**
   * Copies a frame into memory, for which older ones make room.
   * @returns undefined if there is no room even without them
   */
  store(frame: FinishedFrame, owner: FrameOwner): StoredFrame | undefined {
    const { length } = frame.bytes;
    const slab = this.#slabFor(length);
    if (slab === undefined) return undefined;
    frame.bytes.copy(slab.memory, slab.used);
    const stored: StoredFrame = {
      bytes: slab.memory.subarray(slab.used, slab.used + length),
      records: frame.records,
      hasMetadata: frame.hasMetadata,
      fromMs: frame.fromMs,
      untilMs: frame.untilMs,
      owner,
    };
    slab.used += length;
    slab.frames.push(stored);
    this.#frames++;
    return stored;
  }

  /** Drops a frame if it stayed only because it was its owner's last one. Returns whether it did. */
  release(frame: StoredFrame): boolean {
    if (!this.#last.delete(frame)) return false;
    this.#lastBytes -= frame.bytes.length;
    this.#frames--;
    return true;
  }

  /** Drops the frames that are older than the time to keep. */
  expire(nowMs: number): void {
    const limitMs = nowMs - this.#options.keepMs;
    for (;;) {
      const [slab] = this.#slabs;
      const frame = slab?.frames[slab.oldest];
      if (slab === undefined || frame === undefined || frame.untilMs >= limitMs) return;
      this.#drop(slab, frame, false);
    }
  }

  #slabFor(bytes: number): Slab | undefined {
    const newest = this.#slabs.at(-1);
    const hasRoom = newest !== undefined && newest.memory.length - newest.used >= bytes;
    const size = hasRoom ? 0 : Math.max(bytes, SLAB_BYTES);
    this.#makeRoom(size + FRAME_OVERHEAD_BYTES);
    if (!this.#fits(size + FRAME_OVERHEAD_BYTES)) return undefined;
    // Unless it was dropped, too, to make room.
    if (hasRoom && this.#slabs.at(-1) === newest) return newest;
    if (hasRoom) return this.#slabFor(bytes);
    const slab: Slab = { memory: Buffer.allocUnsafeSlow(size), used: 0, frames: [], oldest: 0 };
    this.#slabs.push(slab);
    this.#slabBytes += size;
    return slab;
  }

  #fits(bytes: number): boolean {
    return this.bytes + bytes <= this.#options.maxBytes;
  }

  #makeRoom(bytes: number): void {
    while (!this.#fits(bytes)) {
      const [slab] = this.#slabs;
      const [last] = this.#last;
      const frame = slab?.frames[slab.oldest];
      if (last !== undefined && (slab === undefined || this.#hasManyLast())) this.#dropLast(last);
      else if (slab === undefined) return;
      else if (frame === undefined) this.#removeOldestSlab();
      else this.#drop(slab, frame, true);
    }
  }

  #hasManyLast(): boolean {
    return this.#lastBytes + this.#last.size * FRAME_OVERHEAD_BYTES > this.#options.maxBytes * LAST_SHARE;
  }

  #dropLast(frame: StoredFrame): void {
    this.release(frame);
    frame.owner.dropped(frame, true);
  }

  /** Drops the oldest frame of the oldest slab, or keeps it elsewhere if it is the last one of an open connection. */
  #drop(slab: Slab, frame: StoredFrame, isEvicted: boolean): void {
    const { owner } = frame;
    slab.oldest++;
    if (owner.keepsLast && owner.count === 1) {
      // Not as a part of the slab: one small frame would keep all of it in memory.
      frame.bytes = Buffer.from(frame.bytes);
      this.#last.add(frame);
      this.#lastBytes += frame.bytes.length;
    } else {
      this.#frames--;
      owner.dropped(frame, isEvicted);
    }
    if (slab.oldest === slab.frames.length && this.#slabs.length > 1) this.#removeOldestSlab();
  }

  #removeOldestSlab(): void {
    this.#slabBytes -= this.#slabs.shift()?.memory.length ?? 0;
  }
}
