import { comparableAddress } from '../../inetdiag/index.js';
import { AF_INET, AF_INET6, formatAddress, v4Offset } from '../../netlink/index.js';
import {
  type Listener,
  ListenerTable,
  type LocalEnd,
  listenerSid,
  listenText,
  type ServiceAddress,
  ServiceIndex,
} from '../attribution/index.js';
import type { ClientPrefix, ServiceMode } from '../config/index.js';
import type { AcceptQueue } from '../statistics/index.js';

/** Service to count, as its configuration or the command line names it. */
export interface CountedService extends ServiceAddress {
  readonly name: string;
  readonly sid: string;
  readonly mode: ServiceMode;
  readonly ipPrefix: ClientPrefix;
}

/** Listening addresses and accept queue of a service by now. */
export interface ServiceListeners {
  /** `0.0.0.0:22`; empty if nothing listens. */
  readonly listen: readonly string[];
  readonly acceptQueue: AcceptQueue | null;
}

/** Services of one network namespace, and the local ends that belong to them. */
export interface ServicePlaces {
  /** Returns the service of a connection's local end; undefined if it has none. */
  find(end: LocalEnd): CountedService | undefined;
  /** Returns the service of a connection that was accepted and has no listener any longer; undefined if it has none. */
  orphaned(end: LocalEnd): CountedService | undefined;
  /** Returns services to show, also without connections. */
  all(): Iterable<CountedService>;
  /** Returns what listens for a service. */
  listeners(service: CountedService): ServiceListeners;
  /** Returns whether a connection with this local port could belong to a service. */
  hasPort(port: number): boolean;
}

/** Places of named services. */
export class NamedPlaces implements ServicePlaces {
  readonly #services: readonly CountedService[];
  readonly #index: ServiceIndex<CountedService>;
  readonly #listeners: readonly Listener[];

  /** @param services no two with the same address and a port in common */
  constructor(services: readonly CountedService[], listeners: readonly Listener[]) {
    this.#services = services;
    this.#index = new ServiceIndex(services);
    this.#listeners = listeners;
  }

  find(end: LocalEnd): CountedService | undefined {
    return this.#index.find(end);
  }

  orphaned(): undefined {
    // A named service needs no listener.
    return undefined;
  }

  all(): Iterable<CountedService> {
    return this.#services;
  }

  listeners(service: CountedService): ServiceListeners {
    return sumOf(this.#listeners.filter((listener) => serves(listener, service)));
  }

  hasPort(port: number): boolean {
    return this.#services.some(({ listenPorts }) => hasPort(listenPorts, port));
  }
}

/** Places of all listeners: each address is a service. */
export class EveryListener implements ServicePlaces {
  readonly #table = new ListenerTable();
  readonly #services = new Map<string, CountedService>();
  readonly #bySid = new Map<string, Listener[]>();
  readonly #prefix: ClientPrefix;

  constructor(listeners: readonly Listener[], prefix: ClientPrefix) {
    this.#prefix = prefix;
    for (const listener of listeners) {
      this.#table.set(listener);
      const { sid } = this.#serviceAt(listenerSid(listener), listener.id.sport);
      this.#bySid.set(sid, [...(this.#bySid.get(sid) ?? []), listener]);
    }
  }

  find(end: LocalEnd): CountedService | undefined {
    const listener = this.#table.find(end);
    return listener === undefined ? undefined : this.#services.get(listenerSid(listener));
  }

  orphaned({ id }: LocalEnd): CountedService {
    return this.#serviceAt(`*:${id.sport}`, id.sport);
  }

  all(): Iterable<CountedService> {
    return this.#services.values();
  }

  listeners({ sid }: CountedService): ServiceListeners {
    return sumOf(this.#bySid.get(sid) ?? []);
  }

  hasPort(): boolean {
    return true;
  }

  #serviceAt(sid: string, port: number): CountedService {
    const known = this.#services.get(sid);
    if (known !== undefined) return known;
    const service: CountedService = {
      name: sid,
      sid,
      mode: 'watched',
      listenHost: undefined,
      listenPorts: [{ first: port, last: port }],
      ipPrefix: this.#prefix,
    };
    this.#services.set(sid, service);
    return service;
  }
}

function hasPort(ranges: CountedService['listenPorts'], port: number): boolean {
  return ranges.some(({ first, last }) => first <= port && port <= last);
}

/** Returns whether a listener accepts connections of a named service. */
function serves(listener: Listener, { listenHost, listenPorts }: CountedService): boolean {
  const { family, id, isV6only } = listener;
  if (!hasPort(listenPorts, id.sport)) return false;
  if (listenHost === undefined) return true;
  const address = comparableAddress(id.src, family);
  if (formatAddress(address, AF_INET6) === listenHost) return true;
  if (!listenerSid(listener).startsWith('*:')) return false;
  const isForIpv4 = !listenHost.includes(':');
  const isIpv4Listener = family === AF_INET || v4Offset(address, AF_INET6) !== undefined;
  return isIpv4Listener ? isForIpv4 : !(isForIpv4 && isV6only === true);
}

function sumOf(listeners: readonly Listener[]): ServiceListeners {
  let [now, limit] = [0, 0];
  for (const { queued, backlog } of listeners) {
    now += queued;
    limit += backlog;
  }
  const listen = [...new Set(listeners.map(listenText))].sort();
  return { listen, acceptQueue: listeners.length === 0 ? null : { now, limit } };
}
