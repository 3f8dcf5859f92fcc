import type { Refusal } from './transport.js';

/** Most messages, and most of their bytes, that may wait for an acknowledgement. */
const MOST_MESSAGES = 32;
const MOST_BYTES = 4 * 2 ** 20;
/** Delay after a refusal, milliseconds: it doubles up to the longest, and half of it is by chance. */
const FIRST_DELAY_MS = 500;
const MOST_DELAY_MS = 30_000;
/** Least delay while the broker has no room. */
const FULL_DELAY_MS = 1000;

/** Item of a window: a frame. */
export interface WindowItem {
  readonly bytes: { readonly length: number };
}

/**
 * Frames on their way: which may be sent now, which wait for an acknowledgement, and which have to be sent again. After
 * a refusal only the oldest is sent, with growing delays, until the broker takes it. Pure: the caller has the clock.
 */
export class Window<T extends WindowItem> {
  readonly #random: () => number;
  /** Frames that wait for an acknowledgement. */
  readonly #out = new Set<T>();
  /** Frames to send again, the oldest first. */
  #again: T[] = [];
  readonly #order: (a: T, b: T) => number;
  #delayMs = 0;
  #notBeforeMs = 0;

  /**
   * @param order orders frames as they are to be sent
   * @param random returns a number from 0 to below 1
   */
  constructor(order: (a: T, b: T) => number, random: () => number) {
    this.#order = order;
    this.#random = random;
  }

  /** True when nothing is on its way. */
  get isEmpty(): boolean {
    return this.#out.size === 0 && this.#again.length === 0;
  }

  /** Number of frames that wait for an acknowledgement. */
  get size(): number {
    return this.#out.size;
  }

  /** True after a refusal, until a frame is taken. */
  get isTroubled(): boolean {
    return this.#delayMs > 0;
  }

  /** Returns true if a new frame may be sent. */
  hasRoom(nowMs: number): boolean {
    if (this.isTroubled) return this.isEmpty && nowMs >= this.#notBeforeMs;
    let bytes = 0;
    for (const each of this.#out) bytes += each.bytes.length;
    return this.#again.length === 0 && this.#out.size < MOST_MESSAGES && bytes < MOST_BYTES;
  }

  /** Returns the frame to send again now; undefined if nothing is due. */
  due(nowMs: number): T | undefined {
    if (this.isTroubled && (this.#out.size > 0 || nowMs < this.#notBeforeMs)) return undefined;
    return this.#again.shift();
  }

  /** Notes that a frame is sent. */
  sent(item: T): void {
    this.#out.add(item);
  }

  /** Notes that the broker has a frame. */
  taken(item: T): void {
    this.#out.delete(item);
    this.#delayMs = 0;
  }

  /** Notes that a frame was refused: it is sent again, after a delay. */
  refused(item: T, reason: Refusal, nowMs: number): void {
    this.#out.delete(item);
    this.#again.push(item);
    this.#again.sort(this.#order);
    // All that were on their way are refused for one reason: that is one refusal.
    if (nowMs < this.#notBeforeMs) return;
    const least = reason === 'full' ? FULL_DELAY_MS : FIRST_DELAY_MS;
    this.#delayMs = Math.min(Math.max(this.#delayMs * 2, least), MOST_DELAY_MS);
    this.#notBeforeMs = nowMs + this.#delayMs * (0.5 + this.#random() / 2);
  }

  /** Notes that the connection has ended: everything is sent again over the next one. */
  disconnected(): void {
    this.#again.push(...this.#out);
    this.#again.sort(this.#order);
    this.#out.clear();
    this.#delayMs = 0;
    this.#notBeforeMs = 0;
  }
}
