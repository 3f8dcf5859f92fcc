import { type CountedExchange, countedExchange, type HttpExchange } from '../index.js';

/** Parts of the span: messages leave it one part at a time. */
const BUCKETS = 64;
/** Raises and recoveries that are kept. */
const MAX_EVENTS = 100;

/** Raise or recovery of the alert. */
export interface AlertEvent {
  readonly kind: 'raised' | 'recovered';
  /** Time of the message that reached the threshold, or of the end of the part of the span that fell below it. */
  readonly timeUs: number;
  /** Messages in the span then. */
  readonly hits: number;
}

/** Options of {@link TrafficAlert}. */
export interface TrafficAlertOptions {
  /** Messages in the span from which the alert is raised. */
  readonly threshold: number;
  readonly spanUs: number;
  /** Called with each raise and recovery. */
  readonly onEvent?: (event: AlertEvent) => void;
}

/**
 * Alert on the number of messages, requests and responses, in the last span of time: raised once when the number
 * reaches the threshold, recovered once when it is below. Messages are counted in 64 parts of the span, so a message
 * counts for at most the span, and for a 64th less at least.
 */
export class TrafficAlert {
  readonly options: TrafficAlertOptions;
  readonly #partUs: number;
  readonly #counts = new Float64Array(BUCKETS);
  readonly #events: AlertEvent[] = [];
  /** Number of the newest part since 1970; undefined before the first message. */
  #newest: number | undefined;
  #latestUs = Number.NEGATIVE_INFINITY;
  #hits = 0;
  #raised: AlertEvent | undefined;

  constructor(options: TrafficAlertOptions) {
    this.options = options;
    this.#partUs = options.spanUs / BUCKETS;
  }

  /** Messages in the span. */
  get hits(): number {
    return this.#hits;
  }

  /** Event that raised the alert; undefined while it is not raised. */
  get raised(): AlertEvent | undefined {
    return this.#raised;
  }

  /** Last raises and recoveries, the oldest first. */
  get events(): readonly AlertEvent[] {
    return this.#events;
  }

  /** Counts the messages of an exchange. */
  addExchange(exchange: HttpExchange): void {
    this.count(countedExchange(exchange));
  }

  /** Counts the messages of an exchange. */
  count({ beginUs, method, status, requestUs, ttfbUs, durationUs }: CountedExchange): void {
    if (method !== null) this.add(beginUs);
    const waitedUs = requestUs !== null && ttfbUs !== null ? requestUs + ttfbUs : (durationUs ?? 0);
    if (status !== null) this.add(beginUs + waitedUs);
  }

  /** Counts a message. One that is older than the span is not counted. */
  add(timeUs: number): void {
    this.advance(timeUs);
    const part = Math.floor(timeUs / this.#partUs);
    if (this.#newest === undefined || part <= this.#newest - BUCKETS) return;
    const place = placeOf(part);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#hits++;
    if (this.#raised !== undefined || this.#hits < this.options.threshold) return;
    this.#raised = this.#note('raised', this.#latestUs);
  }

  /** Lets the messages go that are older than the span at a time. */
  advance(nowUs: number): void {
    if (nowUs <= this.#latestUs) return;
    this.#latestUs = nowUs;
    const newest = Math.floor(nowUs / this.#partUs);
    const before = this.#newest ?? newest;
    this.#newest = newest;
    // After 64 steps there is nothing left to let go.
    const last = Math.min(newest, before + BUCKETS);
    for (let part = before + 1; part <= last; part++) this.#step(part);
  }

  /** Begins a part of the span in the place of the oldest one. */
  #step(part: number): void {
    const place = placeOf(part);
    this.#hits -= this.#counts[place] ?? 0;
    this.#counts[place] = 0;
    if (this.#raised === undefined || this.#hits >= this.options.threshold) return;
    this.#raised = undefined;
    this.#note('recovered', part * this.#partUs);
  }

  #note(kind: AlertEvent['kind'], timeUs: number): AlertEvent {
    const event = { kind, timeUs, hits: this.#hits };
    this.#events.push(event);
    if (this.#events.length > MAX_EVENTS) this.#events.shift();
    this.options.onEvent?.(event);
    return event;
  }
}

function placeOf(part: number): number {
  return ((part % BUCKETS) + BUCKETS) % BUCKETS;
}
