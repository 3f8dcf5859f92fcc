import { DROPPED_FIRST, type StreamKind } from './kinds.js';

/** Content on its way to a segment: first raw, then compressed. */
export interface StreamFrame {
  readonly kind: StreamKind;
  readonly lines: number;
  /** Content, or the frame once it is compressed. */
  bytes: Buffer;
  /** Settles when `bytes` is the frame; undefined if the compressor failed. */
  compressed: Promise<Buffer | undefined>;
  /** True while the disk has it, so that it cannot be dropped. */
  isWriting: boolean;
}

/** Frames that wait for the disk, in their order, within a bound. */
export class FrameQueue {
  readonly #maxBytes: number;
  readonly #onDropped: (frame: StreamFrame) => void;
  #frames: StreamFrame[] = [];
  #bytes = 0;

  /**
   * @param maxBytes most bytes that may wait
   * @param onDropped called with each frame that is dropped because too much waits
   */
  constructor(maxBytes: number, onDropped: (frame: StreamFrame) => void) {
    this.#maxBytes = maxBytes;
    this.#onDropped = onDropped;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of frames that wait. */
  get size(): number {
    return this.#frames.length;
  }

  /** Next frame. */
  get head(): StreamFrame | undefined {
    return this.#frames[0];
  }

  /** Adds a frame. Drops the oldest of the least worth while too much waits: snapshots before rows, losses never. */
  add(frame: StreamFrame): void {
    this.#frames.push(frame);
    this.#bytes += frame.bytes.length;
    for (const kind of DROPPED_FIRST) {
      while (this.#bytes > this.#maxBytes) {
        const oldest = this.#frames.find((each) => each.kind === kind && !each.isWriting);
        if (oldest === undefined) break;
        this.remove(oldest);
        this.#onDropped(oldest);
      }
    }
  }

  /** Replaces the content of a frame by its compressed form, unless it was dropped. */
  replace(frame: StreamFrame, bytes: Buffer): void {
    if (this.#frames.includes(frame)) this.#bytes += bytes.length - frame.bytes.length;
    frame.bytes = bytes;
  }

  /** Removes a frame. Returns whether it was among them. */
  remove(frame: StreamFrame): boolean {
    const at = this.#frames.indexOf(frame);
    if (at < 0) return false;
    this.#frames.splice(at, 1);
    this.#bytes -= frame.bytes.length;
    return true;
  }

  /** Removes and returns all frames. */
  takeAll(): readonly StreamFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    return frames;
  }
}
