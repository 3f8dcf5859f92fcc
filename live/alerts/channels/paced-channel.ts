import type { Channel, Notice } from '../index.js';
import { NoticeQueue } from './notice-queue.js';

/** Messages a second. */
const PER_SECOND = 10;
const SECOND_MS = 1000;

/** Options of {@link PacedChannel}. */
export interface PacedChannelOptions {
  /** Tells a message. Must not throw. */
  readonly send: (notice: Notice) => void;
  /** Called with the number of messages that are lost, because too many wait. */
  readonly onLost: (count: number) => void;
  /** Time that grows evenly, milliseconds. */
  readonly elapsedMs: () => number;
}

/** Channel that tells at most 10 messages a second; others wait. */
export class PacedChannel implements Channel {
  readonly #options: PacedChannelOptions;
  readonly #queue: NoticeQueue;
  #secondMs = Number.NEGATIVE_INFINITY;
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PacedChannelOptions) {
    this.#options = options;
    this.#queue = new NoticeQueue(options.onLost);
  }

  tell(notice: Notice): void {
    this.#queue.push(notice);
    this.#send();
  }

  /** Tells all that waits, because the collector stops. */
  close(): void {
    clearTimeout(this.#timer);
    for (let notice = this.#queue.take(); notice !== undefined; notice = this.#queue.take()) this.#options.send(notice);
  }

  #send(): void {
    const nowMs = this.#options.elapsedMs();
    if (nowMs - this.#secondMs >= SECOND_MS) {
      this.#secondMs = nowMs;
      this.#sent = 0;
    }
    while (this.#sent < PER_SECOND) {
      const notice = this.#queue.take();
      if (notice === undefined) return;
      this.#sent++;
      this.#options.send(notice);
    }
    if (this.#queue.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#send();
      },
      Math.max(1, this.#secondMs + SECOND_MS - nowMs),
    ).unref();
  }
}
