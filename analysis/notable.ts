import { type ConnectionRow, limitedShare } from './connection-row.js';
import { LIMITED_BY, type LimitedBy, WAITING_CAUSES } from './limited-by.js';
import { TopList } from './top-list.js';
import { neverOpened } from './verdict.js';

/** One of the slowest, longest or largest connections. Bytes and rates are those of the recorded time. */
export interface NotableConnection
  extends Pick<
    ConnectionRow,
    | 'uuid'
    | 'localAddress'
    | 'localPort'
    | 'remoteAddress'
    | 'remotePort'
    | 'startTime'
    | 'durationUs'
    | 'olderByUs'
    | 'limitedBy'
    | 'limitedByRunnerUp'
    | 'howEnded'
    | 'closedFirst'
  > {
  readonly bytesSent: number | null;
  readonly bytesAcked: number | null;
  readonly bytesReceived: number | null;
  /** Bytes of both directions, divided by the recorded duration; null if that is 0 or unknown. */
  readonly bytesPerSec: number | null;
  /** Time with a known cause other than `idle` and `peer`, in which the connection was active. */
  readonly activeUs: number;
  /** Bytes acknowledged, divided by the active time; null without active time. */
  readonly activeGoodputBytesPerSec: number | null;
  /** Share of the known time that was idle; null if no time is known. */
  readonly idleShare: number | null;
}

/** Minimum active time of a slow connection; a shorter time delayed no one. */
const LEAST_ACTIVE_US = 1_000_000;
/** Minimum acknowledged bytes for a meaningful rate. */
const LEAST_BYTES = 64 * 1024;
/** Waiting time from which a connection counts as slow at any number of bytes: it may be stuck. */
const STUCK_US = 5_000_000;

/** Lists of the slowest, the longest and the largest connections, in bounded memory. */
export class NotableConnections {
  readonly #slowest: TopList<NotableConnection>;
  readonly #longest: TopList<NotableConnection>;
  readonly #largest: TopList<NotableConnection>;

  /** @param count entries of each list */
  constructor(count: number) {
    this.#slowest = new TopList(count);
    this.#longest = new TopList(count);
    this.#largest = new TopList(count);
  }

  /** Adds one connection. */
  add(row: ConnectionRow): void {
    const make = (): NotableConnection => notable(row);
    const slowness = slownessOf(row);
    if (slowness !== null) this.#slowest.add(slowness, make);
    if (row.durationUs !== null) this.#longest.add(row.durationUs + (row.olderByUs ?? 0), make);
    const bytes = bytesOf(row);
    if (bytes > 0) this.#largest.add(bytes, make);
  }

  /** Connections that were active with data waiting and had the lowest goodput in that time; the slowest first. */
  get slowest(): NotableConnection[] {
    return this.#slowest.values();
  }

  /** Connections with the longest known life, the longest first. */
  get longest(): NotableConnection[] {
    return this.#longest.values();
  }

  /** Connections with the most bytes in both directions while recorded, the largest first. */
  get largest(): NotableConnection[] {
    return this.#largest.values();
  }
}

function notable(row: ConnectionRow): NotableConnection {
  const { uuid, localAddress, localPort, remoteAddress, remotePort, startTime, durationUs, olderByUs } = row;
  const { limitedBy, limitedByRunnerUp, howEnded, closedFirst } = row;
  const { bytesSent, bytesAcked, bytesReceived } = recordedOf(row);
  return {
    uuid,
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    startTime,
    durationUs,
    olderByUs,
    bytesSent,
    bytesAcked,
    bytesReceived,
    bytesPerSec: durationUs === null || durationUs === 0 ? null : (bytesOf(row) * 1e6) / durationUs,
    activeUs: atWorkUs(row),
    activeGoodputBytesPerSec: atWorkGoodput(row),
    idleShare: limitedShare(row, 'idle'),
    limitedBy,
    limitedByRunnerUp,
    howEnded,
    closedFirst,
  };
}

/** Returns whether a connection is slow. The slowest of these are in the list of a summary. */
export function isSlow(row: WorkingConnection): boolean {
  return slownessOf(row) !== null;
}

/** Values that decide whether a connection was slow. */
export type WorkingConnection = Pick<
  ConnectionRow,
  'limitedUs' | 'olderByUs' | 'recorded' | 'bytesSent' | 'bytesAcked' | 'bytesReceived' | 'howEnded'
>;

/**
 * Returns a score, higher for slower connections; null if the connection mostly had no data waiting or moved too
 * little.
 */
function slownessOf(row: WorkingConnection): number | null {
  const goodput = atWorkGoodput(row);
  const active = atWorkUs(row);
  const waiting = WAITING_CAUSES.reduce((sum, cause) => sum + row.limitedUs[cause], 0);
  if (goodput === null || active < LEAST_ACTIVE_US || waiting < active / 2 || neverOpened(row)) return null;
  const moved = recordedOf(row).bytesAcked ?? 0;
  return moved >= LEAST_BYTES || waiting >= STUCK_US ? -goodput : null;
}

/** Causes of the time in which a connection had something to do. */
export const WORK_CAUSES: readonly LimitedBy[] = LIMITED_BY.filter((cause) => cause !== 'idle' && cause !== 'peer');

/** Returns the time with a known cause other than `idle` and `peer`, microseconds. */
export function atWorkUs({ limitedUs }: Pick<ConnectionRow, 'limitedUs'>): number {
  return WORK_CAUSES.reduce((sum, cause) => sum + limitedUs[cause], 0);
}

/** Returns the acknowledged bytes a second in the time of {@link atWorkUs}; null without such a time. */
export function atWorkGoodput(row: WorkingConnection): number | null {
  const { bytesAcked } = recordedOf(row);
  const us = atWorkUs(row);
  return us === 0 || bytesAcked === null ? null : (bytesAcked * 1e6) / us;
}

function bytesOf(row: ConnectionRow): number {
  const { bytesSent, bytesAcked, bytesReceived } = recordedOf(row);
  return (bytesSent ?? bytesAcked ?? 0) + (bytesReceived ?? 0);
}

/**
 * Returns the counters of the recorded time: since the beginning, unless the connection is older than its recording.
 */
function recordedOf(row: WorkingConnection): Pick<ConnectionRow, 'bytesSent' | 'bytesAcked' | 'bytesReceived'> {
  return row.olderByUs === null ? row : row.recorded;
}
