import {
  conntrackTableReader,
  type ReadText,
  readPageBytes,
  readTcpCounters,
  readTcpLimits,
  readTcpSockets,
  type TcpLimits,
  type TcpSockets,
} from '../../host/index.js';
import { SockDiagError, SocketSession } from '../../inetdiag/kernel/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { EphemeralFigures, Metrics } from '../../metrics/index.js';
import type { NetworkAnswering } from '../answers/index.js';
import type { EphemeralPorts } from '../network/index.js';
import type {
  ConntrackTableJson,
  ListenersJson,
  LocalPortsJson,
  NetworkJson,
  NetworkPart,
  TcpMemoryJson,
  TcpSocketsJson,
} from '../wire/index.js';
import { countHalfOpen, type ListenerQueue, listListeners, type SocketLister } from './listener-queues.js';

/** Most listeners, and most destinations, in an answer. */
const MAX_LISTENERS = 1000;
const MAX_DESTINATIONS = 100;
/** Shortest interval between two readings, milliseconds. Requests in between get the last one. */
const READ_EVERY_MS = 1000;
/** Wait before the next reading, as a multiple of the last one's duration: readings take at most 5 % of the time. */
const WAIT_BY_LENGTH = 20;

/** Session that lists sockets on a thread of its own. */
interface ListingSession extends SocketLister {
  close(): Promise<void>;
}

/** Local ports as the network metrics measure them. */
export interface MeasuredPorts {
  /** Returns the usage as of now; undefined if the ports are unknown. */
  readonly figures: () => EphemeralFigures | undefined;
  readonly destinations: Pick<EphemeralPorts, 'busiest' | 'destinationCount'>;
}

/** Options of {@link NetworkAnswers}. */
export interface NetworkAnswersOptions {
  /** Absent when they are not measured. */
  readonly localPorts?: MeasuredPorts;
  /** Returns an address as it may be shown (default: as it is). */
  readonly shownAddress?: (address: string) => string;
  readonly metrics: Pick<Metrics, 'reference'>;
  readonly log: Logger;
  /** Opens a session (default: of the running kernel). @throws SockDiagError */
  readonly openSession?: () => ListingSession;
  readonly read?: ReadText;
  /** A clock in milliseconds that never goes backwards. */
  readonly elapsedMs?: () => number;
  /** Returns the time, milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** Notes that a part is unknown. */
type Note = (part: NetworkPart, reason: string) => void;

/**
 * Reads the machine's network when it is asked for: nothing runs in between. All clients share a reading. The kernel
 * lists sockets on a thread of its own, so that a long list does not hold up the collector.
 */
export class NetworkAnswers implements NetworkAnswering {
  readonly #options: NetworkAnswersOptions;
  readonly #elapsedMs: () => number;
  readonly #trouble: TroubleLog;
  readonly #readConntrack: ReturnType<typeof conntrackTableReader>;
  #pageBytes: number | undefined;
  #last: Promise<NetworkJson> | undefined;
  /** Time of the next reading; infinite while one is made. */
  #nextMs = 0;

  constructor(options: NetworkAnswersOptions) {
    this.#options = options;
    this.#elapsedMs = options.elapsedMs ?? (() => performance.now());
    this.#trouble = new TroubleLog(options.log, { nowMs: this.#elapsedMs });
    this.#readConntrack = conntrackTableReader(options.read);
  }

  network(): Promise<NetworkJson> {
    const startMs = this.#elapsedMs();
    if (this.#last !== undefined && startMs < this.#nextMs) return this.#last;
    this.#nextMs = Number.POSITIVE_INFINITY;
    this.#last = this.#look().finally(() => {
      const endMs = this.#elapsedMs();
      this.#nextMs = endMs + Math.max(READ_EVERY_MS, WAIT_BY_LENGTH * (endMs - startMs));
    });
    return this.#last;
  }

  async #look(): Promise<NetworkJson> {
    const unknown: NetworkJson['unknown'][number][] = [];
    const note: Note = (part, reason) => unknown.push({ part, reason });
    const { read, nowMs = Date.now } = this.#options;
    const listeners = await this.#listeners(note);
    const [sockets, limits] = [readTcpSockets(read), readTcpLimits(read)];
    const counters = readTcpCounters(read);
    if (Object.keys(counters).length === 0) note('counters', '/proc/net/snmp and /proc/net/netstat cannot be read');
    return {
      time: new Date(nowMs()).toISOString(),
      listeners,
      localPorts: this.#localPorts(note),
      sockets: socketsJson(sockets, limits, note),
      memory: this.#memory(sockets, limits, note),
      conntrack: this.#conntrack(note),
      counters,
      unknown,
    };
  }

  async #listeners(note: Note): Promise<ListenersJson | null> {
    const { openSession = () => SocketSession.open() } = this.#options;
    let session: ListingSession | undefined;
    try {
      session = openSession();
      const found = await listListeners(session);
      const halfOpen = await this.#tried('halfOpen', note, countHalfOpen(session));
      this.#trouble.succeeded('sockets for /network are listed again');
      return listenersJson(found, halfOpen, this.#shown);
    } catch (error) {
      this.#failed('listeners', note, error);
      return null;
    } finally {
      await session?.close();
    }
  }

  async #tried<T>(part: NetworkPart, note: Note, work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      this.#failed(part, note, error);
      return undefined;
    }
  }

  /** Counts and logs a refusal of the kernel. @throws any other error */
  #failed(part: NetworkPart, note: Note, error: unknown): void {
    if (!(error instanceof SockDiagError)) throw error;
    this.#options.metrics.reference.errors.inc(`network ${part} ${error.code}`);
    this.#trouble.failed('sockets for /network cannot be listed', { part, code: error.code, reason: error.message });
    note(part, error.message);
  }

  readonly #shown = (address: string): string => this.#options.shownAddress?.(address) ?? address;

  #localPorts(note: Note): LocalPortsJson | null {
    const { localPorts } = this.#options;
    const figures = localPorts?.figures();
    if (localPorts === undefined || figures === undefined) {
      const reason = '/proc/sys/net/ipv4/ip_local_port_range cannot be read';
      note('localPorts', localPorts === undefined ? 'they are not measured: -metrics.disable=ephemeral' : reason);
      return null;
    }
    const destinations = localPorts.destinations.busiest(MAX_DESTINATIONS).map((each) => ({
      ...each,
      localAddress: this.#shown(each.localAddress),
      remoteAddress: this.#shown(each.remoteAddress),
    }));
    return { ...figures, destinationCount: localPorts.destinations.destinationCount, destinations };
  }

  #memory(sockets: TcpSockets | undefined, limits: TcpLimits, note: Note): TcpMemoryJson | null {
    this.#pageBytes ??= readPageBytes();
    const pageBytes = this.#pageBytes;
    if (sockets === undefined || pageBytes === undefined) {
      const path = sockets === undefined ? '/proc/net/sockstat' : '/proc/self/auxv';
      note('memory', `${path} cannot be read`);
      return null;
    }
    const [, pressure, max] = limits.memoryPages ?? [];
    if (max === undefined) note('memoryBounds', ofFirstNamespace('tcp_mem'));
    const bytes = (pages: number | undefined): number | null => (pages === undefined ? null : pages * pageBytes);
    return { usedBytes: sockets.memoryPages * pageBytes, pressureBytes: bytes(pressure), maxBytes: bytes(max) };
  }

  #conntrack(note: Note): ConntrackTableJson | null {
    const table = this.#readConntrack();
    if (table === undefined) {
      note('conntrack', 'the kernel tracks no connections here: there is no nf_conntrack_count');
      return null;
    }
    const { entries, limit = null, counters } = table;
    return {
      ...{ entries, maxEntries: limit },
      ...{ drops: counters.dropped ?? null, earlyDrops: counters.earlyDropped ?? null },
    };
  }
}

function listenersJson(
  found: ListenerQueue[],
  halfOpen: ReadonlyMap<number, number> | undefined,
  shown: (address: string) => string,
): ListenersJson {
  const fullest = found.sort(
    (a, b) =>
      b.fillRatio - a.fillRatio || b.queued - a.queued || a.localPort - b.localPort || (b.drops ?? 0) - (a.drops ?? 0),
  );
  return {
    count: found.length,
    sockets: fullest.slice(0, MAX_LISTENERS).map((listener) => ({
      ...listener,
      localAddress: shown(listener.localAddress),
      halfOpen: halfOpen === undefined ? null : (halfOpen.get(listener.localPort) ?? 0),
    })),
  };
}

function socketsJson(sockets: TcpSockets | undefined, limits: TcpLimits, note: Note): TcpSocketsJson | null {
  if (sockets === undefined) {
    note('sockets', '/proc/net/sockstat cannot be read');
    return null;
  }
  const { inUse, timeWait, orphans } = sockets;
  const { maxTimeWait = null, maxOrphans = null } = limits;
  if (maxTimeWait === null) note('maxTimeWait', '/proc/sys/net/ipv4/tcp_max_tw_buckets cannot be read');
  if (maxOrphans === null) note('maxOrphans', ofFirstNamespace('tcp_max_orphans'));
  return { inUse, timeWait, maxTimeWait, orphans, maxOrphans };
}

/** Limits of the whole machine are files of its first network namespace alone. */
function ofFirstNamespace(name: string): string {
  return `net.ipv4.${name} is readable only in the first network namespace of the machine: sysctl net.ipv4.${name} there`;
}
