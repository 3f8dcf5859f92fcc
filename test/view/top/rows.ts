import type { AttributionJson, DeltaEventJson, RowJson, StatusJson, ViewEventJson } from '../../../live/wire/index.js';

/** Time of the first view, RFC 3339 UTC. */
export const TIME = '2026-11-28T19:05:00.000Z';

/** Creates the row of a connection. */
export function rowJson(i: number, more: Partial<RowJson> = {}): RowJson {
  const uuid = `host_1795890818_${i.toString(16).toUpperCase().padStart(16, '0')}`;
  return {
    key: uuid,
    uuid,
    state: 'ESTABLISHED',
    open: true,
    closedTime: null,
    ageUs: 60e6 + i * 1e6,
    processUnknown: null,
    process: { pid: 800 + i, command: ['nginx', 'postgres'][i % 2] ?? '' },
    cgroup: null,
    connection: {
      localAddress: '10.0.0.1',
      localPort: 443,
      remoteAddress: `198.51.100.${i % 250}`,
      remotePort: 50_000 + i,
      howEnded: 'open',
      closedFirst: 'unknown',
      endingUnknownBecause: 'no_end_record',
    },
    now: {
      rttUs: 100 + 1000 * i,
      sendThroughputBytesPerSec: 1e6 * i,
      receiveThroughputBytesPerSec: 0,
      retransmitRateBytes: i === 0 ? null : 0.003,
      limitedBy: i === 0 ? 'idle' : 'cwnd',
    },
    ...more,
  };
}

/** Creates the row of a closed connection. */
export function closedRow(i: number, closedTime = '2026-11-28T19:04:56.000Z'): RowJson {
  const row = rowJson(i);
  return {
    ...row,
    state: 'CLOSE',
    open: false,
    closedTime,
    connection: { ...row.connection, howEnded: 'reset_remote', closedFirst: 'remote', endingUnknownBecause: null },
  };
}

/** Creates a status with this number of connections of unknown processes. */
export function statusJson(unknown: AttributionJson['unknown']): StatusJson {
  return {
    mode: 'live',
    version: '1',
    host: 'host',
    uptimeUs: 1,
    beatUs: 10_000,
    open: 1,
    closed: 0,
    generation: 1,
    loopback: true,
    netnsInode: null,
    uuidPrefix: null,
    budget: { historyBytes: 0, maxHistoryBytes: 0, historySec: 0, maxClosed: 0, keepClosedSec: 0 },
    attribution: { on: true, readsOthers: true, unknown },
    readOnly: false,
    clients: 1,
  };
}

/** Creates the message with a whole window. */
export function viewEvent(rows: readonly RowJson[], more: Partial<ViewEventJson> = {}): ViewEventJson {
  return {
    time: TIME,
    generation: 1,
    total: rows.length,
    matched: rows.length,
    closed: rows.filter(({ open }) => open === false).length,
    offset: 0,
    order: rows.map(({ key = '' }) => key),
    rows: Object.fromEntries(rows.map((row) => [row.key ?? '', row])),
    ...more,
  };
}

/** Creates the message with the changes from one window to the next. */
export function deltaEvent(before: readonly RowJson[], after: readonly RowJson[]): DeltaEventJson {
  const known = new Map(before.map((row) => [row.key ?? '', row]));
  const keys = after.map(({ key = '' }) => key);
  const rows = after.flatMap((row): [string, RowJson][] => {
    const old = known.get(row.key ?? '');
    const changes = old === undefined ? row : changesOf(old, row);
    return Object.keys(changes).length === 0 ? [] : [[row.key ?? '', changes as RowJson]];
  });
  const { time, generation, total, matched, closed, order } = viewEvent(after);
  const gone = [...known.keys()].filter((key) => !keys.includes(key));
  const base = { time, generation, total, matched, closed, order, rows: Object.fromEntries(rows) };
  return gone.length === 0 ? base : { ...base, gone };
}

function changesOf(before: object, after: object): object {
  const old = before as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(after).flatMap(([key, value]: [string, unknown]): [string, unknown][] => {
      const known = old[key];
      if (typeof value === 'object' && value !== null && typeof known === 'object' && known !== null) {
        const changes = changesOf(known, value);
        return Object.keys(changes).length === 0 ? [] : [[key, changes]];
      }
      return Object.is(value, known) ? [] : [[key, value]];
    }),
  );
}
