import type { Connection, ConnectionEnd, ConnectionObserver, StateSlots } from '../../cache/index.js';
import type { Logger } from '../../log/index.js';
import { DecodeError } from '../../netlink/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import { ServiceIndex } from '../../services/attribution/index.js';
import { openerFields, SocketReader, type SocketRecord } from '../../services/census/index.js';
import type { ServiceState } from './service-state.js';
import { WatchedConnection } from './watched-connection.js';

/** Connections that opened and ended since the last {@link ConnectionWatch.take}. */
export interface Happenings {
  readonly opens: readonly WatchedConnection[];
  /** Also connections that only wait for the peer's last packets. */
  readonly ends: readonly WatchedConnection[];
}

/** Observer of the connections of services: whose they are, and what they do. It decides nothing. */
export class ConnectionWatch implements ConnectionObserver {
  readonly #index: ServiceIndex<ServiceState>;
  readonly #slot;
  readonly #isWatched: () => boolean;
  readonly #log: Logger;
  readonly #reader = new SocketReader();
  #opens: WatchedConnection[] = [];
  #ends: WatchedConnection[] = [];

  /** @param isWatched true once a scan was complete: connections that are new after it began while they were watched */
  constructor(services: readonly ServiceState[], slots: StateSlots, isWatched: () => boolean, log: Logger) {
    this.#index = new ServiceIndex(services);
    this.#slot = slots.create<WatchedConnection>();
    this.#isWatched = isWatched;
    this.#log = log;
  }

  /** Returns what happened since the last call. */
  take(): Happenings {
    const happened = { opens: this.#opens, ends: this.#ends };
    if (this.#opens.length > 0) this.#opens = [];
    if (this.#ends.length > 0) this.#ends = [];
    return happened;
  }

  opened(connection: Connection): void {
    const { family, id, last, slots, firstSeen } = connection;
    const service = this.#index.find({ family, id });
    const record = service === undefined ? undefined : this.#read(last);
    if (service === undefined || record === undefined) return;
    // One that vanished from a scan and is seen again is as protected as it was.
    const isProtected = this.#slot.get(slots)?.isProtected ?? !this.#isWatched();
    const watched = new WatchedConnection(connection, record, service, { nowMs: timeOf(last), isProtected });
    this.#slot.set(slots, watched);
    // Of a short connection only the end is known, and its last record says more.
    if (firstSeen === 'scan') this.#openIfKnown(watched);
  }

  changed({ last, slots }: Connection): void {
    const watched = this.#slot.get(slots);
    const record = watched === undefined ? undefined : this.#read(last);
    if (watched === undefined || record === undefined) return;
    const wasOrphan = watched.isOrphan;
    watched.take(record, timeOf(last));
    this.#openIfKnown(watched);
    if (watched.isOrphan && !wasOrphan) this.#ends.push(watched);
  }

  closed({ last, slots }: Connection, { cause, before }: ConnectionEnd): void {
    const watched = this.#slot.get(slots);
    // The connection goes on when the collector stops.
    if (watched === undefined || cause === 'shutdown') return;
    if (before !== undefined && before !== last) {
      const record = this.#read(before);
      if (record !== undefined) watched.take(record, timeOf(before));
    }
    const record = this.#read(last);
    if (record !== undefined) watched.take(record, timeOf(last));
    const { kind } = watched.attribution.finish(record && openerFields(record.socket, record.observation));
    if (kind === 'other') return;
    watched.isGone = true;
    this.#ends.push(watched);
  }

  #openIfKnown(watched: WatchedConnection): void {
    if (watched.isKnown || watched.attribution.result.kind !== 'service') return;
    watched.isKnown = true;
    this.#opens.push(watched);
  }

  #read(record: ArchivedRecord): SocketRecord | undefined {
    try {
      return this.#reader.read(record);
    } catch (error) {
      // The collector has counted and reported it.
      if (!(error instanceof DecodeError)) throw error;
      this.#log.debug('record of a service not decoded', { reason: error.message });
      return undefined;
    }
  }
}

/** Returns the time of a record by the monotonic clock, in milliseconds. */
function timeOf({ timestamp }: ArchivedRecord): number {
  const ageMs = Date.now() - Date.parse(timestamp);
  // Far off after the clock was set: then the record is as good as new.
  return performance.now() - (ageMs >= 0 && ageMs < MAX_AGE_MS ? ageMs : 0);
}

const MAX_AGE_MS = 10_000;
