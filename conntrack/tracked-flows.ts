import type { Flow } from './flow.js';

/**
 * Cause of a connection's end: its state (`closed`), an event that it left the table (`destroyed`), a dump without it
 * after events were lost (`lost`), or a dump without it although no event was lost (`vanished`).
 */
export type EndCause = 'closed' | 'destroyed' | 'lost' | 'vanished';

/** Change of a tracker's table. */
export type TrackerChange =
  | { readonly kind: 'established' | 'resync'; readonly flow: Flow; readonly timeMs: number }
  | { readonly kind: 'ended'; readonly flow: Flow; readonly cause: EndCause; readonly timeMs: number }
  /** Events were lost; null if their number is not known. */
  | { readonly kind: 'lost'; readonly events: number | null; readonly timeMs: number };

/** Source of an established flow: an event, the first dump, or a later dump. */
export type FlowSource = 'event' | 'start' | 'resync';

/** Bounds of a tracker. */
export interface TrackerLimits {
  /** Maximum number of established flows (default 262,144); further ones are refused and counted. */
  readonly maxFlows: number;
  /** Maximum number of ended ones between two calls (default 65,536); the oldest are dropped and counted. */
  readonly maxEnded: number;
}

/** Established flow. */
export interface EstablishedFlow {
  readonly flow: Flow;
}

/** Flows with the same ends that ended since the last call. */
export interface EndedFlows {
  /** The last one. */
  readonly flow: Flow;
  readonly count: number;
  readonly cause: EndCause;
  readonly timeMs: number;
}

/** Result of {@link TrackedFlows.take}. */
interface TakenFlows {
  readonly established: ReadonlyMap<string, EstablishedFlow>;
  readonly ended: ReadonlyMap<string, EndedFlows>;
  readonly dropped: number;
}

/** Established and ended flows by key. */
export class TrackedFlows {
  readonly #established = new Map<string, EstablishedFlow>();
  #ended = new Map<string, EndedFlows>();
  #dropped = 0;
  #refused = 0;

  constructor(
    private readonly limits: TrackerLimits,
    private readonly onChange: (change: TrackerChange) => void,
  ) {}

  /** Number of established flows. */
  get size(): number {
    return this.#established.size;
  }

  /** Number of flows that were refused because the table was full. */
  get refused(): number {
    return this.#refused;
  }

  /** Keys of all established flows. */
  keys(): IterableIterator<string> {
    return this.#established.keys();
  }

  /** Returns the established flow of a key. */
  get(key: string): Flow | undefined {
    return this.#established.get(key)?.flow;
  }

  /** Makes a flow established. An earlier flow with the same ends, whose end no event reported, has ended. */
  establish(key: string, flow: Flow, source: FlowSource, timeMs: number): void {
    this.replace(key, flow, timeMs);
    const known = this.get(key);
    if (known === undefined && this.#established.size >= this.limits.maxFlows) {
      this.#refused++;
      return;
    }
    this.#established.set(key, { flow: merged(known, flow) });
    if (known !== undefined || source === 'start') return;
    this.onChange({ kind: source === 'event' ? 'established' : 'resync', flow, timeMs });
  }

  /** Ends an established flow if the given one is another one with the same ends. */
  replace(key: string, flow: Flow, timeMs: number): void {
    const known = this.get(key);
    if (known !== undefined && isAnother(known, flow)) this.#finish(key, known, 'lost', timeMs);
  }

  /** Ends a flow, unless the established flow with these ends is another one. */
  end(key: string, flow: Flow, cause: EndCause, timeMs: number): void {
    const known = this.get(key);
    if (known === undefined) this.#complete(key, flow);
    else if (!isAnother(known, flow)) this.#finish(key, merged(known, flow), cause, timeMs);
  }

  /** Takes further attributes of an established flow, such as a mark. */
  update(key: string, flow: Flow): void {
    const known = this.get(key);
    if (known !== undefined && !isAnother(known, flow)) this.#established.set(key, { flow: merged(known, flow) });
  }

  /** Returns everything established, and what ended since the last call. */
  take(): TakenFlows {
    const [ended, dropped] = [this.#ended, this.#dropped];
    this.#ended = new Map();
    this.#dropped = 0;
    return { established: this.#established, ended, dropped };
  }

  #finish(key: string, flow: Flow, cause: EndCause, timeMs: number): void {
    this.#established.delete(key);
    const count = (this.#ended.get(key)?.count ?? 0) + 1;
    // To the end of the map: the first one is the oldest.
    this.#ended.delete(key);
    this.#ended.set(key, { flow, count, cause, timeMs });
    if (this.#ended.size > this.limits.maxEnded) {
      const [oldest] = this.#ended;
      if (oldest !== undefined) {
        this.#ended.delete(oldest[0]);
        this.#dropped += oldest[1].count;
      }
    }
    this.onChange({ kind: 'ended', flow, cause, timeMs });
  }

  /** Adds counters and times of a late event to a flow that has ended. */
  #complete(key: string, flow: Flow): void {
    const ended = this.#ended.get(key);
    if (ended !== undefined && !isAnother(ended.flow, flow)) {
      this.#ended.set(key, { ...ended, flow: merged(ended.flow, flow) });
    }
  }
}

/** Returns whether two messages are about different flows, as far as they have ids. */
export function isAnother(known: Flow, flow: Flow): boolean {
  return known.id !== undefined && flow.id !== undefined && known.id !== flow.id;
}

/** Returns a flow with the attributes of a message, and those of earlier messages that it lacks. */
function merged(known: Flow | undefined, flow: Flow): Flow {
  return known === undefined ? flow : { ...known, ...flow };
}
