import { type Listener, type LocalEnd, openedBy } from '../attribution/index.js';
import { WHOLE_ADDRESSES } from '../config/index.js';
import { type ServiceRates, type ServiceReport, ServiceStatistics } from '../statistics/index.js';
import { type CountedService, EveryListener, NamedPlaces, type ServicePlaces } from './service-places.js';
import { localPortOf, SocketReader, type SocketRecord } from './socket-reader.js';
import { openerFields, WatchedSocket } from './watched-socket.js';

/**
 * Statistics of a service that listings of the kernel give: of open connections. Counts of what began and ended since a
 * start are null: connections that live between two listings are not seen.
 */
export interface ListedService extends Omit<ServiceReport, 'accepted' | 'rejected' | 'closed'> {
  readonly accepted: null;
  readonly rejected: null;
  readonly closed: null;
  /** Payload a second between the last two listings; null after the first one. */
  readonly rates: Omit<ServiceRates, 'acceptedPerSec'> | null;
}

/** Clocks at a listing. */
export interface ListingTime {
  /** Time of a clock that never goes back, in milliseconds. */
  readonly nowMs: number;
  readonly unixMs: number;
}

interface Followed {
  readonly socket: WatchedSocket<CountedService>;
  /** Bytes at the listing before the last one. */
  upBefore: number;
  downBefore: number;
  generation: number;
}

/**
 * Services of one network namespace from listings of its sockets: first its listeners, then its connections. Pure: the
 * caller asks the kernel. {@link begin}, {@link addListener}, {@link add} and {@link report} make one listing.
 */
export class Census {
  readonly #services: readonly CountedService[] | undefined;
  readonly #netns: string | null;
  readonly #reader = new SocketReader();
  readonly #sockets = new Map<bigint, Followed>();
  #listeners: Listener[] = [];
  #places: ServicePlaces | undefined;
  #generation = 0;
  #time: ListingTime = { nowMs: 0, unixMs: 0 };
  #startedUnixMs = 0;
  #previousMs: number | undefined;

  /**
   * @param services undefined: every listener is a service
   * @param netns name of the network namespace; null for the own one
   */
  constructor(services: readonly CountedService[] | undefined, netns: string | null) {
    this.#services = services;
    this.#netns = netns;
  }

  /** Begins a listing. */
  begin(time: ListingTime): void {
    this.#previousMs = this.#generation === 0 ? undefined : this.#time.nowMs;
    if (this.#generation === 0) this.#startedUnixMs = time.unixMs;
    this.#time = time;
    this.#generation++;
    this.#listeners = [];
    this.#places = undefined;
  }

  /** Takes the message of a listening socket. @throws DecodeError */
  addListener(message: Uint8Array): void {
    const listener = this.#reader.readListener(message);
    if (listener !== undefined) this.#listeners.push(listener);
  }

  /** Takes the message of a connection. @throws DecodeError */
  add(message: Uint8Array): void {
    const places = this.#knownPlaces();
    if (!places.hasPort(localPortOf(message))) return;
    const record = this.#reader.readMessage(message);
    const followed = this.#sockets.get(record.socket.id.cookie);
    if (followed === undefined) this.#follow(record, places);
    else this.#continue(followed, record);
  }

  /** Ends the listing, and returns the services: named ones in their order, listeners by port. */
  report(): ListedService[] {
    for (const [cookie, { generation }] of this.#sockets) {
      if (generation !== this.#generation) this.#sockets.delete(cookie);
    }
    const places = this.#knownPlaces();
    // By id: a listener that was opened again is another object of the same service.
    const bySid = new Map<string, { readonly service: CountedService; readonly sockets: Followed[] }>();
    for (const service of places.all()) bySid.set(service.sid, { service, sockets: [] });
    for (const followed of this.#sockets.values()) {
      const { result } = followed.socket.attribution;
      if (result.kind === 'other' || followed.socket.isOrphan) continue;
      const { service } = result;
      const found = bySid.get(service.sid);
      if (found === undefined) bySid.set(service.sid, { service, sockets: [followed] });
      else found.sockets.push(followed);
    }
    const services = Array.from(bySid.values(), ({ service, sockets }) => this.#reportOf(service, sockets, places));
    return this.#services === undefined ? services.sort(byPort) : services;
  }

  #knownPlaces(): ServicePlaces {
    this.#places ??=
      this.#services === undefined
        ? new EveryListener(this.#listeners, WHOLE_ADDRESSES)
        : new NamedPlaces(this.#services, this.#listeners);
    return this.#places;
  }

  #follow(record: SocketRecord, places: ServicePlaces): void {
    const { socket, observation } = record;
    const end: LocalEnd = { namespace: 0, family: socket.family, id: socket.id };
    const opener = openedBy(openerFields(socket, observation));
    const service = places.find(end) ?? (opener === 'remote' ? places.orphaned(end) : undefined);
    if (service === undefined) return;
    const isNew = this.#previousMs !== undefined;
    this.#sockets.set(socket.id.cookie, {
      socket: new WatchedSocket(record, service, service.ipPrefix, this.#time.nowMs, isNew),
      upBefore: 0,
      downBefore: 0,
      generation: this.#generation,
    });
  }

  #continue(followed: Followed, record: SocketRecord): void {
    const { socket } = followed;
    followed.upBefore = socket.upBytes;
    followed.downBefore = socket.downBytes;
    followed.generation = this.#generation;
    socket.add(record, this.#time.nowMs);
  }

  #reportOf(service: CountedService, followed: readonly Followed[], places: ServicePlaces): ListedService {
    const { nowMs, unixMs } = this.#time;
    const { listen, acceptQueue } = places.listeners(service);
    const statistics = new ServiceStatistics(this.#startedUnixMs);
    for (const { socket } of followed) statistics.accessed(Math.round(unixMs - (nowMs - socket.lastReadMs)));
    const report = statistics.report({
      identity: { sid: service.sid, name: service.name, mode: service.mode, listen, netns: this.#netns },
      open: followed.map(({ socket }) => socket),
      unixMs,
      nowMs,
      acceptQueue: acceptQueue ?? undefined,
    });
    return { ...report, accepted: null, rejected: null, closed: null, rates: this.#ratesOf(followed) };
  }

  #ratesOf(followed: readonly Followed[]): ListedService['rates'] {
    const seconds = (this.#time.nowMs - (this.#previousMs ?? this.#time.nowMs)) / 1_000;
    if (seconds <= 0) return null;
    let [up, down] = [0, 0];
    for (const { socket, upBefore, downBefore } of followed) {
      up += socket.upBytes - upBefore;
      down += socket.downBytes - downBefore;
    }
    return { upBytesPerSec: up / seconds, downBytesPerSec: down / seconds };
  }
}

function byPort(a: ListedService, b: ListedService): number {
  return portOf(a) - portOf(b) || (a.sid < b.sid ? -1 : a.sid > b.sid ? 1 : 0);
}

function portOf({ sid }: Pick<ListedService, 'sid'>): number {
  return Number(sid.slice(sid.lastIndexOf(':') + 1));
}
