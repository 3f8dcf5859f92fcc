import type { CountedExchange } from '../index.js';
import { HostGroup, OTHER } from './host-group.js';
import type { SegmentGrowth } from './retransmissions.js';

/** Hosts that are counted apart in a window; the rest is one more, `other`. */
export const MAX_HOSTS = 1000;

/** Traffic of one interface: bytes of messages, with heads, by the direction that they had at this machine. */
export interface InterfaceGroup {
  readonly interface: string;
  requests: number;
  responses: number;
  /** Bytes that came to this machine. */
  inBytes: number;
  /** Bytes that this machine sent. */
  outBytes: number;
  /** Bytes of connections with both ends here, with neither, and of files: no direction is known. */
  throughBytes: number;
}

/** Sums of an interface. */
const SUMS = ['requests', 'responses', 'inBytes', 'outBytes', 'throughBytes'] as const;

/** Exchanges whose requests began in one span of time. */
export class HttpWindow {
  readonly #hosts = new Map<string, HostGroup>();
  readonly #interfaces = new Map<string, InterfaceGroup>();
  readonly #growth: SegmentGrowth;
  #rest: HostGroup | undefined;
  /** Groups of the last exchange: the next one mostly has the same. */
  #lastHost: HostGroup | undefined;
  #lastInterface: InterfaceGroup | undefined;
  requests = 0;
  responses = 0;
  /** Exchanges that began earlier, in a window that had been reported already. */
  late = 0;

  /**
   * @param fromUs begin, in microseconds since 1970
   * @param toUs end: the first microsecond after it
   */
  constructor(
    readonly fromUs: number,
    public toUs: number,
    growth: SegmentGrowth,
  ) {
    this.#growth = growth;
  }

  /** Length in seconds. */
  get seconds(): number {
    return Math.max(0, this.toUs - this.fromUs) / 1e6;
  }

  /** True if no exchange is in it. */
  get isEmpty(): boolean {
    return this.#hosts.size === 0;
  }

  /** Hosts, those with most messages first; those not counted apart are last. */
  get hosts(): readonly HostGroup[] {
    const messages = ({ requests, responses }: HostGroup): number => requests + responses;
    const named = [...this.#hosts.values()].sort((a, b) => messages(b) - messages(a));
    return this.#rest === undefined ? named : [...named, this.#rest];
  }

  /** Interfaces, those with most bytes first. */
  get interfaces(): readonly InterfaceGroup[] {
    const bytes = (group: InterfaceGroup): number => group.inBytes + group.outBytes + group.throughBytes;
    return [...this.#interfaces.values()].sort((a, b) => bytes(b) - bytes(a));
  }

  /** Counts an exchange. */
  count(exchange: CountedExchange): void {
    if (exchange.method !== null) this.requests++;
    if (exchange.status !== null) this.responses++;
    this.#addTraffic(exchange);
    const segments = exchange.connection === null ? undefined : this.#growth.since(exchange.connection);
    this.#host(exchange.host).count(exchange, segments);
  }

  /** Counts all exchanges of another one. */
  merge(other: HttpWindow): void {
    this.requests += other.requests;
    this.responses += other.responses;
    this.late += other.late;
    for (const group of other.#interfaces.values()) {
      const sum = this.#interface(group.interface);
      for (const name of SUMS) sum[name] += group[name];
    }
    for (const host of other.#hosts.values()) this.#host(host.host).merge(host);
    if (other.#rest === undefined) return;
    this.#rest ??= new HostGroup(OTHER, true);
    this.#rest.merge(other.#rest);
  }

  #addTraffic(exchange: CountedExchange): void {
    const group = this.#interface(exchange.interface);
    if (exchange.method !== null) group.requests++;
    if (exchange.status !== null) group.responses++;
    const { requestLength: asked, responseLength: answered } = exchange;
    if (exchange.side === 'server') {
      group.inBytes += asked;
      group.outBytes += answered;
    } else if (exchange.side === 'client') {
      group.inBytes += answered;
      group.outBytes += asked;
    } else {
      group.throughBytes += asked + answered;
    }
  }

  #interface(name: string): InterfaceGroup {
    if (this.#lastInterface?.interface === name) return this.#lastInterface;
    const known = this.#interfaces.get(name) ?? this.#addInterface(name);
    this.#lastInterface = known;
    return known;
  }

  #addInterface(name: string): InterfaceGroup {
    const added = { interface: name, requests: 0, responses: 0, inBytes: 0, outBytes: 0, throughBytes: 0 };
    this.#interfaces.set(name, added);
    return added;
  }

  #host(name: string): HostGroup {
    if (this.#lastHost?.host === name) return this.#lastHost;
    const known = this.#hosts.get(name);
    if (known !== undefined) {
      this.#lastHost = known;
      return known;
    }
    if (this.#hosts.size >= MAX_HOSTS) {
      this.#rest ??= new HostGroup(OTHER, true);
      return this.#rest;
    }
    const added = new HostGroup(name);
    this.#hosts.set(name, added);
    return added;
  }
}
