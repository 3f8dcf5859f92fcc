import { LimitParts, LimitRule, newObservation, type Observation, observe } from '../../analysis/index.js';
import type {
  ChangeReason,
  Connection,
  ConnectionEnd,
  ConnectionObserver,
  StateSlot,
  StateSlots,
} from '../../cache/index.js';
import { INET_DIAG_INFO } from '../../inetdiag/index.js';
import type { PortSeries } from '../../metrics/index.js';
import type { Netns } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { readBytesSent, readNotsentBytes, readUnacked } from '../../tcp/index.js';
import type { PortGroups } from '../network/index.js';

/**
 * Interval between two walks over connections with new records. The rule compares what is queued at both ends of an
 * interval: at this interval it finds the same causes as at every record, at a tenth of the cost.
 */
const WALK_EVERY_MS = 100;
/** Maximum number of immediate looks between two walks, where a pause begins or ends: 3 % of a core. */
const MOST_AT_ONCE = 1000;
/** Connections looked at in one slice of a walk: about a millisecond. Other work runs between slices. */
const SLICE = 512;
/** Maximum number of looks per walk, 3 µs each: 6 % of a core. Other connections wait for the next walk, in order. */
const MOST_LOOKS = 2048;

/** Options of {@link LimitMeter}. */
export interface LimitMeterOptions {
  readonly slots: StateSlots;
  /** Metrics to count in, one for each of the port groups; absent: none. */
  readonly counted?: { readonly series: readonly PortSeries[]; readonly portGroups: PortGroups };
  /** Returns true when new connections of a network namespace began while the collector watched it. */
  readonly isWatched: (netns: Netns | undefined) => boolean;
  /**
   * Called with the parts of a connection's time, idle time too, in microseconds, when the first one is added since they
   * were taken. The same object each time, until the connection ends. Absent: parts are not kept.
   */
  readonly onParts?: (connection: Connection, parts: LimitParts) => void;
  /** Schedules the next slice of a walk (default: setImmediate). */
  readonly later?: (work: () => void) => void;
  /** Calls a function again and again; returns what ends that (default: setInterval). */
  readonly every?: (ms: number, run: () => void) => () => void;
}

/** A connection with its state at the last look. One object with its parts: each more is memory that has to come from afar. */
class Looked extends LimitParts {
  readonly connection: Connection;
  readonly series: PortSeries | undefined;
  readonly rule = new LimitRule();
  before: Observation = newObservation();
  /** False until the first look. Time counts from that look on. */
  isBegun = false;
  /** True while the connection has a new record since the last look. */
  isTouched = false;

  constructor(connection: Connection, series: PortSeries | undefined) {
    super();
    this.connection = connection;
    this.series = series;
  }
}

/**
 * Adds up the time for which connections were limited, by cause, with the rule of docs/analysis.md. Looks at
 * connections with new records ten times a second, and immediately when a pause begins or ends. Ignores connections
 * without a new record; their time counts when the next record arrives. Time before the first look does not count.
 */
export class LimitMeter implements ConnectionObserver {
  readonly #options: LimitMeterOptions;
  readonly #onParts: LimitMeterOptions['onParts'];
  readonly #later: (work: () => void) => void;
  readonly #view = new RecordView();
  /** Object for the values of the next look. */
  #now = newObservation();
  readonly #slot: StateSlot<Looked | undefined>;
  #touched: Looked[] = [];
  #walked: Looked[] = [];
  #at = 0;
  /** Immediate looks since the last walk. */
  #atOnce = 0;
  /** Ends the walks; undefined before the first one, and between. */
  #stop: (() => void) | undefined;

  constructor(options: LimitMeterOptions) {
    this.#options = options;
    this.#slot = options.slots.create();
    this.#onParts = options.onParts;
    this.#later = options.later ?? setImmediate;
  }

  /** Starts walking ten times a second. */
  start(): void {
    this.#stop = (this.#options.every ?? unrefInterval)(WALK_EVERY_MS, () => this.walk());
  }

  /** Walks now instead of at the next time: the others come a tenth of a second after each other from here on. */
  walkNow(): void {
    this.walk();
    if (this.#stop === undefined) return;
    this.#stop();
    this.start();
  }

  /** Stops walking. Ends of connections still count. */
  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  opened(connection: Connection): void {
    // The first look at an older connection waits for its next record: most are idle, and then cost nothing.
    if (this.#options.isWatched(connection.netns)) this.#look(this.#begin(connection));
  }

  changed(connection: Connection, _reason: ChangeReason): void {
    const looked = this.#slot.get(connection.slots) ?? this.#begin(connection);
    // A pause ends or begins: look now, because a later walk could not separate several of them.
    if (looked.isBegun && this.#atOnce < MOST_AT_ONCE && isTurn(looked.before, connection)) {
      this.#atOnce++;
      this.#look(looked);
      return;
    }
    if (looked.isTouched) return;
    looked.isTouched = true;
    this.#touched.push(looked);
  }

  closed(connection: Connection, _end: ConnectionEnd): void {
    const looked = this.#slot.get(connection.slots);
    if (looked === undefined) return;
    this.#look(looked);
    this.#slot.set(connection.slots, undefined);
  }

  /** Looks at connections with a new record, in order: at one slice now, at the others soon. */
  walk(): void {
    this.#atOnce = 0;
    // The previous walk is not finished: this one would have to wait anyway.
    if (this.#at < this.#walked.length) return;
    // Connections that have ended or were looked at since then are done.
    const waiting = this.#touched.filter(({ isTouched }) => isTouched);
    this.#walked = waiting.slice(0, MOST_LOOKS);
    this.#touched = waiting.slice(MOST_LOOKS);
    this.#at = 0;
    this.#walkOn();
  }

  #walkOn(): void {
    const end = Math.min(this.#at + SLICE, this.#walked.length);
    for (; this.#at < end; this.#at++) {
      const looked = this.#walked[this.#at];
      if (looked?.isTouched === true) this.#look(looked);
    }
    if (this.#at < this.#walked.length) {
      this.#later(() => this.#walkOn());
      return;
    }
    // Release connections that have ended.
    this.#walked = [];
    this.#at = 0;
  }

  #begin(connection: Connection): Looked {
    const looked = new Looked(connection, this.#seriesOf(connection));
    this.#slot.set(connection.slots, looked);
    return looked;
  }

  #seriesOf({ id }: Connection): PortSeries | undefined {
    const { counted } = this.#options;
    if (counted === undefined) return undefined;
    const series = counted.series[counted.portGroups.seriesOf(id)];
    if (series === undefined) throw new TypeError('there are fewer series than port groups');
    return series;
  }

  /** Counts the time since the previous look. */
  #look(looked: Looked): void {
    looked.isTouched = false;
    const { before, connection, rule, series } = looked;
    const now = this.#now;
    this.#view.load(connection.last);
    observe(this.#view, now);
    if (looked.isBegun) {
      const us = now.timeUs - before.timeUs;
      const limit = us > 0 ? rule.next(before, now, us) : null;
      if (limit !== null) {
        if (series !== undefined && limit.cause !== 'idle') series.limitedUs[limit.cause] += us;
        const onParts = this.#onParts;
        if (onParts !== undefined && looked.add(limit, us, rule.exchanges)) onParts(connection, looked);
      }
    } else {
      rule.begin(now);
      looked.isBegun = true;
    }
    // The objects change places: copying the values would touch all of both.
    looked.before = now;
    this.#now = before;
  }
}

/** Returns true when a pause began or ended: at either look no data was outstanding, and data was sent in between. */
function isTurn(before: Observation, { last }: Connection): boolean {
  const info = last.attributes?.[INET_DIAG_INFO];
  if (info === null || info === undefined) return true;
  const wasFree = before.unacked === 0 && (before.notsentBytes ?? 0) === 0;
  const isFree = readUnacked(info) === 0 && (readNotsentBytes(info) ?? 0) === 0;
  if (wasFree !== isFree) return true;
  return isFree && readBytesSent(info) !== (before.bytesSent ?? undefined);
}

function unrefInterval(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms).unref();
  return () => clearInterval(timer);
}
