import { Histogram } from '../../analysis/index.js';
import type { ServiceMode } from '../config/index.js';
import {
  CLOSE_REASONS,
  type CloseReason,
  type ConnectionClocks,
  idleMs,
  REJECT_REASONS,
  type RejectReason,
} from '../limits/index.js';
import { addTimes, type LimitedTimes, limitShares, noTimes } from './limited-times.js';
import type { AcceptQueue, ClientReport, ServiceReport } from './report.js';

/** Counters of one connection by now, or at its end. */
export interface ConnectionFigures {
  /** Bytes of payload from the client. */
  readonly upBytes: number;
  /** Bytes of payload to the client. */
  readonly downBytes: number;
  /** Payload sent to the client, retransmissions included; absent if unknown. */
  readonly bytesSent?: number | null | undefined;
  /** Payload retransmitted to the client; absent if unknown. */
  readonly bytesRetrans?: number | null | undefined;
  /** Smoothed round-trip time; absent or null if unknown. */
  readonly rttUs?: number | null | undefined;
  /** Absent if unknown. */
  readonly limited?: LimitedTimes | undefined;
}

/** Open connection. */
export interface OpenFigures extends ConnectionFigures, ConnectionClocks {
  /** Name of its client, see `clientOf`. */
  readonly clientKey: string;
}

/** Identity of a service. */
export interface ServiceIdentity {
  readonly sid: string;
  readonly name: string;
  readonly mode: ServiceMode | 'library';
  /** Listening addresses by now, `10.0.0.1:5432`. */
  readonly listen: readonly string[];
  /** Name of the network namespace; null for the own. */
  readonly netns: string | null;
}

/** Counters since the start; all only grow. */
export interface ServiceTotals {
  readonly accepted: number;
  readonly rejected: Readonly<Record<RejectReason, number>>;
  readonly closed: Readonly<Record<CloseReason, number>>;
  /** Payload from clients, of open connections too. */
  readonly upBytes: number;
  /** Payload to clients, of open connections too. */
  readonly downBytes: number;
}

/** Question to {@link ServiceStatistics.report}. */
export interface ReportQuestion {
  readonly identity: ServiceIdentity;
  readonly open: Iterable<OpenFigures>;
  /** Unix time in milliseconds. */
  readonly unixMs: number;
  /** Time by the clock of the connections, in milliseconds. */
  readonly nowMs: number;
  /** Undefined if unknown. */
  readonly acceptQueue?: AcceptQueue | undefined;
  /** Most clients in the report, those with the most connections first. Default: all. */
  readonly maxClients?: number;
}

/** Statistics of one service since its start. Sums include open connections. */
export class ServiceStatistics {
  readonly #startedUnixMs: number;
  #accessedUnixMs: number;
  #accepted = 0;
  readonly #rejected = zeros(REJECT_REASONS);
  readonly #closed = zeros(CLOSE_REASONS);
  #upBytes = 0;
  #downBytes = 0;
  #bytesSent = 0;
  #bytesRetrans = 0;
  readonly #limited = noTimes();

  constructor(startedUnixMs: number) {
    this.#startedUnixMs = startedUnixMs;
    this.#accessedUnixMs = startedUnixMs;
  }

  /** Start, Unix time in milliseconds. */
  get startedUnixMs(): number {
    return this.#startedUnixMs;
  }

  /** Counts an admitted connection. */
  accepted(unixMs: number): void {
    this.#accepted++;
    this.accessed(unixMs);
  }

  /** Notes that a client sent something. */
  accessed(unixMs: number): void {
    this.#accessedUnixMs = Math.max(this.#accessedUnixMs, unixMs);
  }

  /** Counts a connection that was not admitted. */
  rejected(reason: RejectReason): void {
    this.#rejected[reason]++;
  }

  /** Counts the end of an admitted connection, and keeps its last figures. */
  closed(figures: ConnectionFigures, reason: CloseReason): void {
    this.#closed[reason]++;
    this.#upBytes += figures.upBytes;
    this.#downBytes += figures.downBytes;
    if (hasSent(figures)) {
      this.#bytesSent += figures.bytesSent;
      this.#bytesRetrans += figures.bytesRetrans;
    }
    addTimes(this.#limited, figures.limited);
  }

  /** Returns the counters by now. */
  totals(open: Iterable<ConnectionFigures>): ServiceTotals {
    let [upBytes, downBytes] = [this.#upBytes, this.#downBytes];
    for (const each of open) {
      upBytes += each.upBytes;
      downBytes += each.downBytes;
    }
    return {
      accepted: this.#accepted,
      rejected: { ...this.#rejected },
      closed: { ...this.#closed },
      upBytes,
      downBytes,
    };
  }

  /** Returns everything by now, in the form of JSON. */
  report({ identity, open, unixMs, nowMs, acceptQueue, maxClients }: ReportQuestion): ServiceReport {
    let [connections, upBytes, downBytes, oldestIdleMs] = [0, this.#upBytes, this.#downBytes, 0];
    let [bytesSent, bytesRetrans] = [this.#bytesSent, this.#bytesRetrans];
    const rtt = new Histogram();
    const limited = { ...this.#limited };
    const clients = new Map<string, ClientReport>();
    for (const each of open) {
      connections++;
      upBytes += each.upBytes;
      downBytes += each.downBytes;
      if (hasSent(each)) {
        bytesSent += each.bytesSent;
        bytesRetrans += each.bytesRetrans;
      }
      if (typeof each.rttUs === 'number') rtt.add(each.rttUs);
      addTimes(limited, each.limited);
      oldestIdleMs = Math.max(oldestIdleMs, idleMs(each, nowMs));
      addClient(clients, each);
    }
    const listed = mostConnected(clients, maxClients);
    return {
      sid: identity.sid,
      uptime: seconds(unixMs - this.#startedUnixMs),
      ips: listed.map(({ ip }) => ip).join(','),
      connections,
      accessed: seconds(this.#accessedUnixMs),
      up: upBytes,
      down: downBytes,
      name: identity.name,
      mode: identity.mode,
      listen: identity.listen,
      netns: identity.netns,
      clients: listed,
      clientCount: clients.size,
      accepted: this.#accepted,
      rejected: { ...this.#rejected },
      closed: { ...this.#closed },
      rttUs: { p50: rtt.quantile(0.5), p95: rtt.quantile(0.95) },
      retransmitRateBytes: bytesSent === 0 ? null : bytesRetrans / bytesSent,
      limitedBy: limitShares(limited),
      acceptQueue: acceptQueue ?? null,
      oldestIdleSec: connections === 0 ? null : seconds(oldestIdleMs),
    };
  }
}

function hasSent(
  figures: ConnectionFigures,
): figures is ConnectionFigures & { bytesSent: number; bytesRetrans: number } {
  return typeof figures.bytesSent === 'number' && typeof figures.bytesRetrans === 'number';
}

function addClient(clients: Map<string, ClientReport>, { clientKey, upBytes, downBytes }: OpenFigures): void {
  const before = clients.get(clientKey);
  clients.set(clientKey, {
    ip: clientKey,
    connections: (before?.connections ?? 0) + 1,
    up: (before?.up ?? 0) + upBytes,
    down: (before?.down ?? 0) + downBytes,
  });
}

/** Returns clients, those with the most connections first, then in the order of their first one. */
function mostConnected(clients: ReadonlyMap<string, ClientReport>, most: number | undefined): ClientReport[] {
  return [...clients.values()].sort((a, b) => b.connections - a.connections).slice(0, most);
}

function zeros<R extends string>(reasons: readonly R[]): Record<R, number> {
  return Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<R, number>;
}

function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1_000));
}
