import type { ConnectionObserver, StateSlots } from '../../cache/index.js';
import { LimitMeter } from '../limits/index.js';
import { LiveStore, type LiveStoreOptions } from '../store/index.js';

/** Options of {@link StoreFeed}. */
export interface StoreFeedOptions extends Omit<LiveStoreOptions, 'nowUs' | 'elapsedMs' | 'later'> {
  /**
   * Has another limit meter of the same connections look at those with new records, and call {@link LiveStore.limited}.
   * Absent without one: then the feed creates its own.
   */
  readonly walkLimits?: (() => void) | undefined;
  /** Clock of a replay, which replaces the machine's. */
  readonly replay?: ReplayClock | undefined;
}

/** Time in a replay. */
export interface ReplayClock {
  /** Returns the time of day, microseconds since 1970. */
  readonly nowUs: () => number;
  /** Calls a function just after each full period of that time. Returns what ends that. */
  readonly every: (name: string, ms: number, run: () => void) => () => void;
}

const SECOND_MS = 1000;

/** Observers that fill a live store, and the clock that ends its seconds. */
export class StoreFeed {
  readonly store: LiveStore;
  /** Observers of the cache, in the order of their calls. */
  readonly observers: readonly ConnectionObserver[];
  readonly #slots: StateSlots;
  readonly #limits: LimitMeter | undefined;
  readonly #walkLimits: () => void;
  #timer: NodeJS.Timeout | undefined;
  #stopReplay: (() => void) | undefined;

  readonly #replay: ReplayClock | undefined;

  constructor({ walkLimits, replay, ...options }: StoreFeedOptions) {
    this.#replay = replay;
    this.#slots = options.slots;
    this.store = new LiveStore({
      ...options,
      nowUs: replay?.nowUs ?? (() => 1000 * Date.now()),
      elapsedMs: () => performance.now(),
    });
    this.#limits = walkLimits === undefined ? this.limitsFor(options.isWatched) : undefined;
    this.#walkLimits = walkLimits ?? (() => this.#limits?.walkNow());
    this.observers = this.#limits === undefined ? [this.store] : [this.#limits, this.store];
  }

  /** Creates a limit meter that counts in no metric and tells the store. */
  limitsFor(isWatched: StoreFeedOptions['isWatched']): LimitMeter {
    return new LimitMeter({ slots: this.#slots, isWatched, onParts: this.store.limited });
  }

  /** Begins to end seconds, each just after a full one. */
  start(): void {
    this.#limits?.start();
    if (this.#replay === undefined) this.#next();
    // Limits are looked at where they were looked at: the recording has those ticks.
    else this.#stopReplay = this.#replay.every('store', SECOND_MS, () => this.store.tick());
  }

  /** Stops. Ends of connections still count. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#stopReplay?.();
    this.#limits?.stop();
  }

  #next(): void {
    const untilMs = SECOND_MS - (Date.now() % SECOND_MS);
    this.#timer = setTimeout(() => {
      // A listener of the store may stop the feed.
      this.#next();
      // The limits of the second are known then, and the records have come from memory: the store reads them next.
      this.#walkLimits();
      this.store.tick();
    }, untilMs + JUST_AFTER_MS);
    this.#timer.unref();
  }
}

/** Timers may be a millisecond early: that would end a second before it is full. */
const JUST_AFTER_MS = 2;
