import type { Connection, ConnectionEnd, ConnectionObserver, StateSlots } from '../../cache/index.js';
import type { Logger } from '../../log/index.js';
import { DecodeError } from '../../netlink/index.js';
import type { ArchivedRecord, Netns } from '../../parse/index.js';
import { ServiceIndex } from '../../services/attribution/index.js';
import { openerFields, SocketReader, type SocketRecord } from '../../services/census/index.js';
import type { ServiceGroup } from './service-group.js';
import { WatchedConnection } from './watched-connection.js';

/** Connections that opened and ended since the last {@link ConnectionWatch.take}. */
export interface Happenings {
  readonly opens: readonly WatchedConnection[];
  /** Also connections that only wait for the peer's last packets. */
  readonly ends: readonly WatchedConnection[];
}

/** Returns true if a connection that is seen first now began while its service was watched. */
export type IsNew = (group: ServiceGroup, netns: Netns | undefined) => boolean;

/** Observer of the connections of services: whose they are, and what they do. It decides nothing. */
export class ConnectionWatch implements ConnectionObserver {
  readonly #slot;
  readonly #isNew: IsNew;
  readonly #log: Logger;
  readonly #reader = new SocketReader();
  #opens: WatchedConnection[] = [];
  #ends: WatchedConnection[] = [];
  #index = new ServiceIndex<ServiceGroup>([]);

  constructor(slots: StateSlots, isNew: IsNew, log: Logger) {
    this.#slot = slots.create<WatchedConnection>();
    this.#isNew = isNew;
    this.#log = log;
  }

  /** Replaces the services. Connections of removed ones stay with them until {@link adopt}. */
  setServices(groups: readonly ServiceGroup[]): void {
    this.#index = new ServiceIndex(groups);
  }

  /** Takes an open connection if it now belongs to a service, and to none before. */
  adopt(connection: Connection): void {
    const watched = this.#slot.get(connection.slots);
    if (watched !== undefined && !watched.service.group.isRemoved) return;
    this.#begin(connection, true);
  }

  /** Returns what happened since the last call. */
  take(): Happenings {
    const happened = { opens: this.#opens, ends: this.#ends };
    if (this.#opens.length > 0) this.#opens = [];
    if (this.#ends.length > 0) this.#ends = [];
    return happened;
  }

  opened(connection: Connection): void {
    this.#begin(connection, false);
  }

  #begin(connection: Connection, isOlder: boolean): void {
    const { family, id, last, slots, firstSeen, netns } = connection;
    const group = this.#index.find({ family, id });
    const record = group === undefined ? undefined : this.#read(last);
    if (group === undefined || record === undefined) return;
    // One that vanished from a scan and is seen again is as protected as it was.
    const isProtected = isOlder || (this.#slot.get(slots)?.isProtected ?? !this.#isNew(group, netns));
    const watched = new WatchedConnection(connection, record, group.in(netns), { nowMs: timeOf(last), isProtected });
    this.#slot.set(slots, watched);
    // Of a short connection only the end is known, and its last record says more.
    if (firstSeen === 'scan') this.#openIfKnown(watched);
  }

  changed(connection: Connection): void {
    const { last, slots } = connection;
    const watched = this.#slot.get(slots);
    // Most records of a busy connection only move counters: they are read when a figure is needed.
    if (watched === undefined || watched.defers(last, () => this.#catchUp(watched, connection))) return;
    const record = this.#read(last);
    if (record === undefined) return;
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

  /** Takes the newest record of a connection whose last records were deferred. */
  #catchUp(watched: WatchedConnection, { last }: Connection): void {
    const record = this.#read(last);
    if (record !== undefined) watched.take(record, watched.deferredMs(timeOf(last)));
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
