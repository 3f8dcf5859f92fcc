import { countedExchange, type HttpExchange } from '../../http/index.js';
import { HttpWindow, SegmentGrowth } from '../../http/report/index.js';

const SECOND_US = 1e6;
/** Longest window, in seconds. */
const SPAN = 10;
/** Seconds after its end during which answers to a second's requests still come. */
const LATE = 1;

/**
 * Exchanges of the last 10 whole seconds, which move on by one each second. The last one has ended a second ago, so that
 * most of its requests have their answers. An exchange counts where its request began; one whose request is older than
 * all seconds that are kept counts where it ended.
 */
export class RollingWindow {
  readonly #startUs: number;
  readonly #growth = new SegmentGrowth();
  /** Windows of a second by its number since 1970, the earliest first. */
  readonly #seconds = new Map<number, HttpWindow>();
  #sum: HttpWindow | undefined;

  /** @param startUs time from which exchanges come, microseconds since 1970 */
  constructor(startUs: number) {
    this.#startUs = startUs;
  }

  /** @param nowUs time, microseconds since 1970 */
  add(exchange: HttpExchange, nowUs: number): void {
    const now = secondOf(nowUs);
    const counted = countedExchange(exchange);
    const second = secondOf(counted.beginUs);
    const first = now - SPAN - LATE;
    this.#window(second > now || second < first ? now : second, first).count(counted);
  }

  /** Returns the window up to now: of the whole seconds, or, before the first, since the start. */
  at(nowUs: number): HttpWindow {
    const end = secondOf(nowUs) - LATE;
    const toUs = end * SECOND_US;
    if (toUs <= this.#startUs) return this.#merge(this.#startUs, nowUs);
    // Each answer within a second is the same.
    if (this.#sum?.toUs !== toUs) this.#sum = this.#merge(Math.max(this.#startUs, (end - SPAN) * SECOND_US), toUs);
    return this.#sum;
  }

  #merge(fromUs: number, toUs: number): HttpWindow {
    const sum = new HttpWindow(fromUs, toUs, this.#growth);
    const first = secondOf(fromUs);
    const end = Math.max(first + 1, Math.ceil(toUs / SECOND_US));
    for (const [second, window] of this.#seconds) if (second >= first && second < end) sum.merge(window);
    return sum;
  }

  #window(second: number, first: number): HttpWindow {
    const known = this.#seconds.get(second);
    if (known !== undefined) return known;
    const fromUs = second * SECOND_US;
    const added = new HttpWindow(fromUs, fromUs + SECOND_US, this.#growth);
    this.#seconds.set(second, added);
    for (const old of this.#seconds.keys()) if (old < first) this.#seconds.delete(old);
    return added;
  }
}

function secondOf(us: number): number {
  return Math.floor(us / SECOND_US);
}
