#!/usr/bin/env node
// A collector's API on a unix socket, with made-up connections, for tests of `tcp-info top`:
//
//   node live-server.mjs SOCKET [--rows=N] [--every=MS] [--stay]
//
// It filters and sorts as top does on a frozen copy. Rates and round-trip times change with each generation; --stay keeps
// them. The first rows are fixed: a name with control characters, one of wide letters, IPv6, and closed connections.
import { existsSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { ExpressionError } from '../../dist/expression/index.js';
import { freezeView } from '../../dist/view/top/index.js';

const [socket, ...flags] = process.argv.slice(2);
const flag = (name, fallback) => Number(flags.find((each) => each.startsWith(`--${name}=`))?.split('=')[1] ?? fallback);
const ROWS = flag('rows', 40);
const EVERY_MS = flag('every', 1000);
const isStaying = flags.includes('--stay');
const START_MS = Date.UTC(2026, 10, 28, 19, 0, 0);
const SECOND_US = 1e6;

let generation = 100;
/** Requests for views and streams, for tests. */
const asked = [];
const listeners = new Set();

const SPECIAL = [
  { command: 'evil\u001b[2J\u001b[31mname', user: 'mallory' },
  { command: '數據庫服務', user: 'root' },
  { command: 'nginx', user: 'www-data' },
  { command: 'cafe\u0301-naïve', user: 'root' },
];

function row(i) {
  const special = SPECIAL[i] ?? { command: ['nginx', 'postgres', 'curl', 'java'][i % 4], user: 'root' };
  const step = isStaying ? 0 : generation;
  const isClosed = i % 8 === 7;
  const hex = (0x1000 + i).toString(16).toUpperCase().padStart(16, '0');
  const uuid = `host_1795890818_${hex}`;
  const isV6 = i % 5 === 4;
  const active = !isClosed && i % 3 !== 2;
  const rate = active ? ((i * 7919 + step * 104_729) % 10_000_000) + 1 : 0;
  const rttUs = 200 + ((i * 31 + step * 17) % 50_000);
  const timeUs = START_MS * 1000 + step * SECOND_US;
  const limitedBy = isClosed ? null : ['cwnd', 'rwnd', 'application', 'peer', 'loss', 'idle'][i % 6];
  return {
    key: uuid,
    uuid,
    cookie: hex,
    state: isClosed ? 'CLOSE' : i % 11 === 10 ? 'CLOSE_WAIT' : 'ESTABLISHED',
    open: !isClosed,
    endCause: isClosed ? 'event' : null,
    closedTime: isClosed ? new Date(START_MS + (100 - i) * 1000).toISOString() : null,
    ageUs: (100 + i) * SECOND_US + step * SECOND_US,
    alerts: [],
    processUnknown: i % 7 === 6 ? 'permission' : null,
    connection: {
      uuid,
      netnsName: null,
      netnsInode: null,
      family: isV6 ? 10 : 2,
      localAddress: isV6 ? '2001:db8:0:1::1' : '10.0.0.1',
      localPort: i % 2 === 0 ? 443 : 40_000 + i,
      remoteAddress: isV6 ? `2001:db8:85a3:8d3:1319:8a2e:370:${7300 + i}` : `198.51.100.${i % 250}`,
      remotePort: i % 2 === 0 ? 51_000 + i : 443,
      startTime: '2026-11-28T18:58:00.000Z',
      endTime: new Date(timeUs / 1000).toISOString(),
      durationUs: (100 + i) * SECOND_US,
      snapshots: 1000,
      lastState: isClosed ? 7 : 1,
      bytesSent: 1_000_000 + i,
      bytesAcked: 1_000_000 + i,
      bytesReceived: 20_000,
      bytesRetrans: 0,
      segsOut: 1000,
      segsIn: 900,
      dataSegsOut: 800,
      dataSegsIn: 20,
      totalRetrans: i % 3,
      recorded: {
        bytesSent: 1_000_000 + i,
        bytesAcked: 1_000_000 + i,
        bytesReceived: 20_000,
        bytesRetrans: 0,
        totalRetrans: i % 3,
        dataSegsOut: 800,
        dataSegsIn: 20,
      },
      olderByUs: null,
      minRttUs: 150,
      medianRttUs: rttUs,
      p95RttUs: rttUs * 2,
      maxRttUs: rttUs * 3,
      maxCwnd: 40,
      sendThroughputBytesPerSec: rate,
      goodputBytesPerSec: rate,
      receiveThroughputBytesPerSec: 100,
      congestionAlgorithm: 'cubic',
      busyTimeUs: 50 * SECOND_US,
      rwndLimitedUs: 40 * SECOND_US,
      sndbufLimitedUs: 0,
      hasPeerFin: false,
      exchanges: 4,
      maxPacingRateBytesPerSec: null,
      maxPacingRateUs: 0,
      limitedUs: {
        cwnd: 0,
        loss: 0,
        rwnd: 80 * SECOND_US,
        sndbuf: 0,
        pacing: 0,
        application: 10 * SECOND_US,
        peer: 0,
        idle: 10 * SECOND_US,
      },
      limitedBy: 'rwnd',
      limitedByEvidence: 'clock',
      limitedByRunnerUp: null,
      closedFirst: isClosed ? 'remote' : 'unknown',
      howEnded: isClosed ? ['reset_remote', 'closed', 'timeout'][i % 3] : 'open',
      endingUnknownBecause: isClosed ? null : 'no_end_record',
    },
    now: {
      rttUs,
      minRttUs: 150,
      rttvarUs: 30,
      sndCwnd: 10 + (i % 30),
      cwndBytes: 14_480 + i * 1448,
      bytesInFlight: active ? 10_000 : 0,
      sndWndBytes: 65_536,
      sendThroughputBytesPerSec: rate,
      goodputBytesPerSec: rate,
      receiveThroughputBytesPerSec: active ? 125 * i : 0,
      throughputBytesPerSec: rate + (active ? 125 * i : 0),
      retransmitRateBytes: rate === 0 ? null : (i % 5) / 400,
      limitedBy,
      caState: 'Open',
    },
    process:
      i % 7 === 6
        ? null
        : {
            pid: 800 + i,
            command: special.command,
            executable: null,
            uid: 0,
            user: special.user,
            otherPids: 0,
            seenTime: new Date(timeUs / 1000).toISOString(),
          },
    cgroup:
      i % 2 === 0
        ? {
            id: '4711',
            path: `/system.slice/${special.command}.service`,
            unit: 'web.service',
            container: null,
            pod: null,
            podNamespace: null,
          }
        : null,
  };
}

function allRows() {
  return Array.from({ length: ROWS }, (_, i) => row(i));
}

function counts(rows) {
  return {
    time: new Date(START_MS + generation * 1000).toISOString(),
    generation,
    total: rows.length,
    closed: rows.filter(({ open }) => !open).length,
  };
}

/** Window of a view: the rows in order, and how many match. */
function windowOf(query) {
  const rows = allRows();
  const frozen = freezeView({ ...counts(rows), matched: rows.length, offset: 0, connections: rows }, 0);
  const sort = query.get('sort') ?? '-now.throughputBytesPerSec';
  const order = frozen.order(query.get('filter') ?? '', sort, query.get('closed') ?? 'false');
  const offset = Number(query.get('offset') ?? 0);
  const shown = order.slice(offset, offset + Number(query.get('limit') ?? 100));
  const fields = query.get('fields') ?? 'default';
  return {
    ...counts(rows),
    matched: order.length,
    offset,
    rows: shown.map((key) => chosen(frozen.rows.get(key), fields)),
  };
}

/** Returns the fields of a row that a request names. */
function chosen(whole, fields) {
  if (fields === 'all' || fields === 'default') return whole;
  const row = {};
  for (const name of fields.split(',')) {
    const [part, key] = name.includes('.') ? name.split('.') : ['', name];
    if (part === '') row[key] = whole[key];
    else row[part] = whole[part] === null ? null : { ...row[part], [key]: whole[part][key] };
  }
  return row;
}

function changesOf(before, after) {
  const changes = {};
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (
      value !== null &&
      old !== null &&
      typeof value === 'object' &&
      typeof old === 'object' &&
      !Array.isArray(value)
    ) {
      const inner = changesOf(old, value);
      if (Object.keys(inner).length > 0) changes[key] = inner;
    } else if (JSON.stringify(value) !== JSON.stringify(old)) changes[key] = value;
  }
  return changes;
}

function stream(query, response) {
  // A wrong filter is refused before the stream begins.
  windowOf(query);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  let last;
  const send = () => {
    const { rows, ...head } = windowOf(query);
    const now = new Map(rows.map((each) => [each.key, each]));
    const order = [...now.keys()];
    if (last === undefined) {
      response.write(`${JSON.stringify({ event: 'view', ...head, order, rows: Object.fromEntries(now) })}\n`);
    } else {
      const { offset: _, ...rest } = head;
      const changed = [...now].flatMap(([key, each]) => {
        const changes = last.has(key) ? changesOf(last.get(key), each) : each;
        return Object.keys(changes).length === 0 ? [] : [[key, changes]];
      });
      const gone = [...last.keys()].filter((key) => !now.has(key));
      response.write(
        `${JSON.stringify({ event: 'delta', ...rest, order, rows: Object.fromEntries(changed), ...(gone.length > 0 ? { gone } : {}) })}\n`,
      );
    }
    last = now;
  };
  send();
  listeners.add(send);
  response.on('close', () => listeners.delete(send));
}

function extent(value) {
  return { min: value, max: value * 1.2, last: value };
}

function timeline(whole) {
  return {
    source: 'memory',
    connection: whole.connection,
    startUs: (START_MS - 120_000) * 1000,
    spanUs: 120 * SECOND_US,
    widthUs: SECOND_US,
    timeline: Array.from({ length: 120 }, (_, i) => ({
      fromUs: i * SECOND_US,
      snapshots: 10,
      bytesSent: i % 40 < 30 ? 100_000 * (1 + Math.sin(i / 7)) : 0,
      bytesAcked: null,
      bytesReceived: 500,
      totalRetrans: i % 20 === 0 ? 1 : 0,
      rttUs: extent(20_000 + 15_000 * Math.sin(i / 9)),
      minRttUs: extent(4000),
      cwndBytes: extent(14_480 * (1 + (i % 20))),
      flightBytes: extent(10_000 * (1 + (i % 20))),
      windowBytes: extent(250_000),
      limitedUs: i % 40 < 30 ? { rwnd: 800_000, application: 200_000 } : { idle: 1e6 },
    })),
  };
}

function groups(query) {
  const by = query.get('by');
  const [part, name] = by.split('.');
  const { rows, ...head } = windowOf(
    new URLSearchParams({
      filter: query.get('filter') ?? '',
      closed: query.get('closed') ?? 'false',
      limit: '10000',
      fields: 'all',
    }),
  );
  const found = new Map();
  for (const each of rows) {
    const key = each[part]?.[name] ?? null;
    found.set(key, [...(found.get(key) ?? []), each]);
  }
  const sum = (members, field) => members.reduce((total, { now }) => total + (now[field] ?? 0), 0);
  const list = [...found]
    .map(([key, members]) => ({
      key: [key],
      connections: members.length,
      closed: members.filter(({ open }) => !open).length,
      sendThroughputBytesPerSec: sum(members, 'sendThroughputBytesPerSec'),
      receiveThroughputBytesPerSec: sum(members, 'receiveThroughputBytesPerSec'),
      retransmitRateBytes: 0.003,
      rttUs: { p50: members[0].now.rttUs, p95: members[0].now.rttUs * 2 },
      limitedBy: members[0].now.limitedBy,
    }))
    .sort((a, b) => b.connections - a.connections);
  return { time: head.time, generation, by: [by], matched: head.matched, total: list.length, groups: list };
}

function status() {
  const { total, closed } = counts(allRows());
  return {
    mode: 'live',
    version: '0.1.0',
    host: 'host',
    uptimeUs: 3600 * SECOND_US,
    beatUs: 10_000,
    open: total - closed,
    closed,
    generation,
    loopback: false,
    budget: {
      historyBytes: 3_000_000,
      maxHistoryBytes: 64 * 2 ** 20,
      historySec: 900,
      maxClosed: 10_000,
      keepClosedSec: 600,
    },
    attribution: { on: true, readsOthers: false, unknown: { permission: 3 } },
    readOnly: false,
    clients: 1,
  };
}

function complete(query) {
  const text = query.get('text');
  const rows = allRows();
  const frozen = freezeView({ ...counts(rows), matched: rows.length, offset: 0, connections: rows }, 0);
  return { completions: frozen.complete(text, Number(query.get('at') ?? text.length)) };
}

function answer(path, query) {
  if (path === '/status') return status();
  if (path === '/asked') return asked;
  if (path === '/overview') {
    const second = {
      time: new Date().toISOString(),
      open: 35,
      opened: 1,
      closed: 1,
      sentBytes: 101_500_000,
      receivedBytes: 5_000_000,
      retransmittedBytes: 304_500,
      limitedUs: {},
    };
    return { windowUs: 5e6, seconds: [second] };
  }
  if (path === '/groups') return groups(query);
  if (path === '/complete') return complete(query);
  if (path === '/connections') {
    const { rows, ...head } = windowOf(query);
    return { ...head, connections: rows };
  }
  const [, key, rest] = /^\/connections\/([^/]+)(\/timeline)?$/.exec(path) ?? [];
  const whole = allRows().find((each) => each.key === decodeURIComponent(key ?? ''));
  if (whole === undefined) return undefined;
  if (rest !== undefined) return timeline(whole);
  const { rttUs } = whole.now;
  return {
    ...whole,
    stats: { windowUs: 60e6, rttUs: { min: 150, mean: rttUs, p50: rttUs, p95: rttUs * 2, max: rttUs * 3 } },
  };
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = url.pathname.replace(/^\/api\/v1/, '');
  if (path !== '/asked') asked.push(`${path}${url.search}`);
  const problem = (code, detail) => {
    response.writeHead(code, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ type: 'about:blank', title: 'refused', status: code, code: 'ERR', detail }));
  };
  try {
    if (path === '/stream') {
      if (Number(url.searchParams.get('limit') ?? 100) > 1000) return problem(400, 'limit: at most 1000');
      return stream(url.searchParams, response);
    }
    if (path === '/alerts') return problem(404, 'there are no alerts: start the collector with -alerts');
    if (request.method === 'POST') {
      if (path === '/recordings') return problem(404, 'nothing is recorded: start the collector with -recorder');
      response.writeHead(201, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ watch: 7 }));
    }
    const body = answer(path, url.searchParams);
    if (body === undefined) return problem(404, 'no such connection');
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify(body));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return problem(400, error.message);
  }
});

setInterval(() => {
  generation++;
  for (const send of listeners) send();
}, EVERY_MS);
if (existsSync(socket)) unlinkSync(socket);
server.listen(socket, () => process.stdout.write('listening\n'));
