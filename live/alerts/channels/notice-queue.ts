import type { AlertNotice, Notice } from '../index.js';

/** Messages that may wait. */
const MAX_WAITING = 1000;

/**
 * Messages that wait for a channel. When there are too many, the oldest is lost; the end of an alert whose beginning was
 * lost is lost, too: no one would know what it means.
 */
export class NoticeQueue {
  readonly #onLost: (count: number) => void;
  readonly #waiting: Notice[] = [];
  /** Firings whose beginning was lost. */
  readonly #lost = new Set<number>();

  constructor(onLost: (count: number) => void) {
    this.#onLost = onLost;
  }

  get size(): number {
    return this.#waiting.length;
  }

  push(notice: Notice): void {
    if (notice.kind !== 'more' && notice.kind !== 'firing' && this.#lost.delete(notice.firing)) {
      this.#onLost(1);
      return;
    }
    this.#waiting.push(notice);
    if (this.#waiting.length > MAX_WAITING) this.#drop();
  }

  /** Takes the oldest message. */
  take(): Notice | undefined {
    return this.#waiting.shift();
  }

  /** Takes the oldest message and those right behind it that can be told with it: of one rule, each of another alert. */
  takeTogether(max: number): readonly Notice[] {
    const first = this.#waiting.shift();
    if (first === undefined || first.kind === 'more') return first === undefined ? [] : [first];
    const taken: AlertNotice[] = [first];
    for (let next = this.#waiting[0]; taken.length < max; next = this.#waiting[0]) {
      if (next === undefined || next.kind === 'more' || next.rule !== first.rule) break;
      const { firing } = next;
      if (taken.some((each) => each.firing === firing)) break;
      taken.push(next);
      this.#waiting.shift();
    }
    return taken;
  }

  #drop(): void {
    const [dropped] = this.#waiting.splice(0, 1);
    if (dropped?.kind === 'firing') {
      const { firing } = dropped;
      const end = this.#waiting.findIndex((each) => each.kind !== 'more' && each.firing === firing);
      if (end === -1) this.#lost.add(firing);
      else {
        this.#waiting.splice(end, 1);
        this.#onLost(1);
      }
    }
    this.#onLost(1);
  }
}
