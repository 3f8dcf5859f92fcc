import type { Metadata } from '../../parse/index.js';
import type { FinishedFrame, FrameReceiver, FrameSource } from '../../saver/index.js';
import type { FrameMemory, FrameOwner, StoredFrame } from './frame-memory.js';

/** Memory of a connection beside its frames: its object, its lists, and its metadata. */
export const CONNECTION_OVERHEAD_BYTES = 768;

/** Time after the end of a connection in which its last frame comes. */
const LAST_FRAME_MS = 10_000;

/** Options of {@link ConnectionFrames}. */
export interface ConnectionFramesOptions {
  readonly uuid: string;
  readonly source: FrameSource;
  readonly memory: FrameMemory;
  /** Returns the time of the saver's clock. */
  readonly nowMs: () => number;
  /** Called for each frame that did not find room, or left memory for lack of it. */
  readonly onEvicted: () => void;
  /** Called for each frame that was not made, or lacks records. */
  readonly onLost: () => void;
}

/** Frames of one connection in memory, oldest first, and the recordings that want the next ones. */
export class ConnectionFrames implements FrameReceiver, FrameOwner {
  readonly uuid: string;
  readonly #options: ConnectionFramesOptions;
  /** Absent once the connection has ended: it would keep the connection in memory. */
  #source: FrameSource | undefined;
  /** Metadata of a connection that has ended, and when it did. */
  #metadata: Metadata | undefined;
  #closedMs: number | undefined;
  readonly #frames: StoredFrame[] = [];
  #records = 0;
  readonly #listeners = new Set<(frame: FinishedFrame) => void>();
  /** Times of frames that were evicted, and of those that were never made. */
  readonly #evictedMs: number[] = [];
  readonly #lostMs: number[] = [];

  constructor(options: ConnectionFramesOptions) {
    this.#options = options;
    this.uuid = options.uuid;
    this.#source = options.source;
    options.memory.account(CONNECTION_OVERHEAD_BYTES);
  }

  get count(): number {
    return this.#frames.length;
  }

  get keepsLast(): boolean {
    return this.#source !== undefined;
  }

  /** Number of records in memory. */
  get records(): number {
    return this.#records;
  }

  /** Metadata of the connection as it is known by now, without a sequence number. */
  get metadata(): Metadata {
    const metadata = this.#metadata ?? this.#source?.metadata();
    if (metadata === undefined) throw new Error(`connection ${this.uuid} has no metadata`);
    return metadata;
  }

  frame(frame: FinishedFrame): void {
    const [oldest] = this.#frames;
    if (oldest !== undefined && this.#options.memory.release(oldest)) this.#remove(oldest);
    const stored = this.#options.memory.store(frame, this);
    if (stored === undefined) {
      this.#evicted(frame);
    } else {
      this.#frames.push(stored);
      this.#records += stored.records;
    }
    for (const listener of [...this.#listeners]) listener(frame);
  }

  lost(): void {
    this.#lostMs.push(this.#options.nowMs());
    this.#options.onLost();
  }

  closed(): void {
    this.#metadata = this.#source?.metadata();
    this.#source = undefined;
    this.#closedMs = this.#options.nowMs();
    const [oldest] = this.#frames;
    // Not kept any longer: it is old.
    if (oldest !== undefined && this.#options.memory.release(oldest)) this.#remove(oldest);
  }

  dropped(frame: StoredFrame, isEvicted: boolean): void {
    this.#remove(frame);
    if (isEvicted) this.#evicted(frame);
  }

  /** Has the lines that wait made into a frame now. */
  flush(): void {
    this.#source?.flush();
  }

  /** Returns the frames with records since a moment, oldest first; without any since then, the last one. */
  since(fromMs: number): readonly StoredFrame[] {
    const found = this.#frames.filter(({ untilMs }) => untilMs >= fromMs);
    return found.length > 0 ? found : this.#frames.slice(-1);
  }

  /** Returns how many frames since a moment have left memory for lack of room. */
  evictedSince(fromMs: number): number {
    return this.#evictedMs.filter((ms) => ms >= fromMs).length;
  }

  /** Returns how many frames since a moment were not made, or lack records. */
  lostSince(fromMs: number): number {
    return this.#lostMs.filter((ms) => ms >= fromMs).length;
  }

  /** Calls back with each further frame, also with those that find no room. Returns the function that ends it. */
  listen(listener: (frame: FinishedFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Returns whether nothing is left of the connection, and nothing comes any more. */
  isOver(nowMs: number): boolean {
    if (this.#closedMs === undefined || nowMs - this.#closedMs < LAST_FRAME_MS) return false;
    return this.#frames.length === 0 && this.#listeners.size === 0;
  }

  /** Forgets what is missing from before a moment. */
  forgetBefore(fromMs: number): void {
    for (const times of [this.#evictedMs, this.#lostMs]) {
      const at = times.findIndex((ms) => ms >= fromMs);
      times.splice(0, at === -1 ? times.length : at);
    }
  }

  #remove(frame: StoredFrame): void {
    // It is the oldest.
    this.#frames.shift();
    this.#records -= frame.records;
  }

  #evicted({ untilMs }: { readonly untilMs: number }): void {
    this.#evictedMs.push(untilMs);
    this.#options.onEvicted();
  }
}
