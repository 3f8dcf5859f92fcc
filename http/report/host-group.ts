import type { CountedExchange } from '../index.js';
import { Distribution } from './distribution.js';
import type { SentSegments } from './retransmissions.js';

/** Sections of a host that are counted apart in a window; the rest is one more, `other`. */
export const MAX_SECTIONS = 100;
/** Methods of a section that are counted apart; a client may send any word. */
const MAX_METHODS = 16;
/** Name of what is not counted apart. */
export const OTHER = 'other';

/** Distributions of a host. */
const TIMES = ['ttfbUs', 'serverUs', 'responseUs', 'durationUs', 'rttUs'] as const;

/** Requests of one section of a host. */
export class SectionGroup {
  requests = 0;
  readonly methods = new Map<string, number>();
  readonly ttfbUs = new Distribution();

  /** @param isRest whether these are all sections that are not counted apart */
  constructor(
    readonly section: string,
    readonly isRest = false,
  ) {}

  /** Counts the request of an exchange. */
  count({ method, ttfbUs, missing }: CountedExchange): void {
    if (method === null) return;
    this.requests++;
    const known = this.methods.get(method);
    if (known !== undefined) this.methods.set(method, known + 1);
    else this.#countNew(method, 1);
    if (ttfbUs !== null && missing === null) this.ttfbUs.add(ttfbUs);
  }

  /** Counts all requests of another one. */
  merge({ requests, methods, ttfbUs }: SectionGroup): void {
    this.requests += requests;
    for (const [method, count] of methods) this.#countNew(method, count);
    this.ttfbUs.merge(ttfbUs);
  }

  #countNew(method: string, count: number): void {
    const name = this.methods.has(method) || this.methods.size < MAX_METHODS ? method : OTHER;
    this.methods.set(name, (this.methods.get(name) ?? 0) + count);
  }
}

/** Exchanges of one host. */
export class HostGroup {
  requests = 0;
  responses = 0;
  /** Exchanges with something missing: they count here, and not in times. */
  incomplete = 0;
  requestBytes = 0;
  responseBytes = 0;
  /** Responses by status code. */
  readonly status = new Map<number, number>();
  readonly ttfbUs = new Distribution();
  readonly serverUs = new Distribution();
  readonly responseUs = new Distribution();
  readonly durationUs = new Distribution();
  /** Smoothed round trips of the connections, one for each exchange. */
  readonly rttUs = new Distribution();
  readonly #sections = new Map<string, SectionGroup>();
  #rest: SectionGroup | undefined;
  #sent = 0;
  #resent = 0;

  /** @param isRest whether these are all hosts that are not counted apart */
  constructor(
    readonly host: string,
    readonly isRest = false,
  ) {}

  /** Sections, those with most requests first; those not counted apart are last. */
  get sections(): readonly SectionGroup[] {
    const named = [...this.#sections.values()].sort((a, b) => b.requests - a.requests);
    return this.#rest === undefined ? named : [...named, this.#rest];
  }

  /** Share of the segments from this machine that were sent again; null if no connection is known. */
  get retransmitRate(): number | null {
    return this.#sent === 0 ? null : Math.min(1, this.#resent / this.#sent);
  }

  /** @param segments growth of the connection's counters; absent if it is not known */
  count(exchange: CountedExchange, segments: SentSegments | undefined): void {
    const { method, status, connection, section } = exchange;
    if (method !== null) this.requests++;
    if (status !== null) {
      this.responses++;
      this.status.set(status, (this.status.get(status) ?? 0) + 1);
    }
    this.requestBytes += exchange.requestLength;
    this.responseBytes += exchange.responseLength;
    if (connection !== null) this.rttUs.add(connection.rttUs);
    if (segments !== undefined) {
      this.#sent += segments.sent;
      this.#resent += segments.resent;
    }
    if (exchange.missing === null) this.#addTimes(exchange);
    else this.incomplete++;
    if (section !== null) this.#section(section).count(exchange);
  }

  /** Counts all exchanges of another one. */
  merge(other: HostGroup): void {
    this.requests += other.requests;
    this.responses += other.responses;
    this.incomplete += other.incomplete;
    this.requestBytes += other.requestBytes;
    this.responseBytes += other.responseBytes;
    this.#sent += other.#sent;
    this.#resent += other.#resent;
    for (const [status, count] of other.status) this.status.set(status, (this.status.get(status) ?? 0) + count);
    for (const name of TIMES) this[name].merge(other[name]);
    for (const section of other.#sections.values()) this.#section(section.section).merge(section);
    if (other.#rest === undefined) return;
    this.#rest ??= new SectionGroup(OTHER, true);
    this.#rest.merge(other.#rest);
  }

  #addTimes({ ttfbUs, serverUs, responseUs, durationUs }: CountedExchange): void {
    if (ttfbUs !== null) this.ttfbUs.add(ttfbUs);
    if (serverUs !== null) this.serverUs.add(serverUs);
    if (responseUs !== null) this.responseUs.add(responseUs);
    if (durationUs !== null) this.durationUs.add(durationUs);
  }

  #section(name: string): SectionGroup {
    const known = this.#sections.get(name);
    if (known !== undefined) return known;
    if (this.#sections.size >= MAX_SECTIONS) {
      this.#rest ??= new SectionGroup(OTHER, true);
      return this.#rest;
    }
    const added = new SectionGroup(name);
    this.#sections.set(name, added);
    return added;
  }
}
