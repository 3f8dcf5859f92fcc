import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type {
  ConnectionAnswerJson,
  ProblemJson,
  RowJson,
  TimelineJson,
  ViewJson,
  WatchesJson,
  WatchJson,
} from '../../live/wire/index.js';
import { readOutput } from '../support/archives.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { LiveClient } from '../support/live-client.js';
import { Path } from '../support/path.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const MS = 1_000_000n;

/** Starts a daemon with the live API on a unix socket. */
async function startLive(lab: Lab, args: readonly string[] = []) {
  const path = join(lab.folder, 'live.sock');
  const daemon = await lab.startDaemon({ args: [`-live=unix:${path}`, ...args] });
  const live = new LiveClient(path);
  /** Waits until the list has an open connection that matches. */
  const row = async (filter: string): Promise<RowJson> => {
    let found: RowJson | undefined;
    await until(`a row that matches ${filter}`, async () => {
      const { body } = await live.get<ViewJson>('/connections', { filter, fields: 'all' });
      found = body.connections[0];
      return found !== undefined;
    });
    if (found === undefined) throw new Error('no row');
    return found;
  };
  return { daemon, live, row };
}

/** Returns the archived records of a connection, by its UUID. */
function archived(folder: string, uuid: string | undefined) {
  const found = readOutput(folder).find((connection) => connection.uuid === uuid);
  if (found === undefined) throw new Error(`no archive of ${uuid}`);
  return found.rows;
}

describe.skipIf(!haveLab('watches'))('a watch', () => {
  it('reads more than scans see, no counter goes back, and archives stay as dense', async ({ lab }) => {
    const { daemon, live, row } = await startLive(lab, ['-archive.provenance']);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near } = await lab.connectOut(port);
    const plain = await lab.connectOut(port);
    const [watched, other] = [await row(`sport ${near.localPort}`), await row(`sport ${plain.near.localPort}`)];
    const { status, body } = await live.change<WatchJson>('POST', '/watches', { id: watched.uuid, forSec: 30 });
    expect([status, body]).toMatchObject([201, { watch: 1, intervalMs: 1, connections: [watched.uuid], left: 0 }]);
    await lab.nearPeer.stream([near, plain.near], 500, 1);
    await sleep(2500);
    await lab.nearPeer.halt([near, plain.near]);
    const shown = await row('is:watched');
    expect(shown).toMatchObject({ uuid: watched.uuid, watch: { intervalMs: 1, untilTime: body.until } });
    const snapshots = shown.connection?.snapshots ?? 0;
    // An answer reads what the last second left.
    const unwatched = (await row(`sport ${plain.near.localPort}`)).connection?.snapshots ?? 0;
    expect(snapshots).toBeGreaterThan(2 * unwatched);
    const { body: dense } = await live.get<TimelineJson>(`/connections/${watched.uuid}/timeline`, {
      width: '1ms',
      from: new Date(Date.now() - 2000).toISOString(),
    });
    expect([dense.source, dense.widthUs]).toEqual(['memory', 1000]);
    expect(dense.timeline.length).toBeGreaterThan(unwatched);
    const ended = await live.change<WatchesJson>('DELETE', '/watches/1');
    expect([ended.status, ended.body]).toMatchObject([200, { reading: 0, watches: [] }]);
    await near.send(777);
    await plain.near.send(777);
    await sleep(300);
    await daemon.stop();
    const records = archived(daemon.output, watched.uuid);
    for (const [i, { info, timestampNs }] of records.entries()) {
      const before = records[i - 1];
      if (info === undefined || before?.info === undefined) continue;
      for (const key of ['bytesSent', 'bytesAcked', 'bytesReceived'] as const) {
        expect(info[key] ?? 0).toBeGreaterThanOrEqual(before.info[key] ?? 0);
      }
      expect(timestampNs).toBeGreaterThan(before.timestampNs);
    }
    // The bytes after the watch are there: scans count again.
    const last = (rows: typeof records) => rows.findLast(({ info }) => info !== undefined)?.info?.bytesSent;
    const others = archived(daemon.output, other.uuid);
    expect(last(records)).toBe(last(others));
    expect(records.length).toBeLessThan(1.3 * others.length + 20);
    expect(records.length).toBeGreaterThan(0.7 * others.length - 20);
  });

  it('has a burst of loss of 5 ms in its history, which the 10 ms archive cannot show', async ({ lab }) => {
    await using path = await Path.lay(lab.near, lab.far, { delay: 0.001, burst: 0.005 });
    const { daemon, live, row } = await startLive(lab);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near } = await lab.connectOut(port, path.farIpv4);
    const { uuid } = await row(`sport ${near.localPort}`);
    await live.change<WatchJson>('POST', '/watches', { id: uuid, forSec: 60 });
    await until('the watch', async () => (await live.get<WatchesJson>('/watches')).body.reading === 1);
    await lab.nearPeer.stream([near], 1000, 1);
    await sleep(1000);
    const burstUs = await path.loseAll();
    await sleep(500);
    await lab.nearPeer.halt([near]);
    const { body } = await live.get<TimelineJson>(`/connections/${uuid}/timeline`, {
      ...{ width: '1ms', source: 'memory' },
      from: new Date(burstUs / 1000 - 100).toISOString(),
    });
    expect(body.widthUs).toBe(1000);
    const startUs = body.startUs ?? 0;
    const near10 = (us: number) => us >= burstUs && us < burstUs + 10_000;
    const cells = body.timeline.filter(({ fromUs }) => near10(startUs + fromUs));
    const after = body.timeline.filter(({ fromUs }) => startUs + fromUs >= burstUs);
    expect(after.reduce((sum, { totalRetrans }) => sum + (totalRetrans ?? 0), 0)).toBeGreaterThan(0);
    expect(cells.length).toBeGreaterThanOrEqual(4);
    await daemon.stop();
    const inBurst = archived(daemon.output, uuid).filter(({ timestampNs }) => near10(Number(timestampNs / 1000n)));
    expect(inBurst.length).toBeLessThanOrEqual(2);
  });

  it('ends with its connection, whose final counters stay', async ({ lab }) => {
    const { daemon, live, row } = await startLive(lab, ['-watch=is:open', '-watch.interval=2ms', '-watch.archive']);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectOut(port);
    const { uuid } = await row('is:watched');
    await near.send(100_000);
    await far.received(100_000);
    // An end that resets loses the kernel's counters: those of the last read stay.
    await until('the bytes to be read', async () => {
      const { body } = await live.get<ConnectionAnswerJson>(`/connections/${uuid}`);
      // Not bytes sent: a probe for a lost tail sends some again. With the SYN.
      return body.connection?.bytesAcked === 100_001;
    });
    await near.reset();
    await until('the end', async () => {
      const { body } = await live.get<ConnectionAnswerJson>(`/connections/${uuid}`);
      return body.open === false && body.watch === null;
    });
    const { body } = await live.get<WatchesJson>('/watches');
    expect(body).toMatchObject({ reading: 0, watches: [{ filter: 'is:open', until: null, connections: [] }] });
    // A new connection joins.
    const next = await lab.connectOut(port);
    expect(await row('is:watched')).toMatchObject({ connection: { localPort: next.near.localPort } });
    const page = await daemon.scrape();
    expect(page).toMatch(/^tcpinfo_watch_reads_total\{result="answered"\} [1-9]/m);
    expect(page).toMatch(/^tcpinfo_watch_connections 1$/m);
    await daemon.stop();
    const records = archived(daemon.output, uuid);
    const acked = records.map(({ info }) => info?.bytesAcked ?? 0);
    expect(acked.findLast((each) => each > 0)).toBe(100_001);
    expect(acked.filter((each) => each > 0)).toEqual(acked.filter((each) => each > 0).toSorted((a, b) => a - b));
  });

  it('of a flag needs no API: archives get every record', async ({ lab }) => {
    const port = await lab.farPeer.listen('0.0.0.0');
    const args = [`-watch=dport ${port}`, '-watch.interval=1ms', '-watch.archive'];
    const daemon = await lab.startDaemon({ args });
    const { near } = await lab.connectOut(port);
    await until('a watch', async () => /^tcpinfo_watch_connections 1$/m.test(await daemon.scrape()));
    await lab.nearPeer.stream([near], 500, 1);
    await sleep(1000);
    await lab.nearPeer.halt([near]);
    await daemon.stop();
    const [archive] = readOutput(daemon.output);
    const times = archive?.rows.map(({ timestampNs }) => timestampNs) ?? [];
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0n));
    // Scans alone have none within half of a beat.
    expect(gaps.filter((gap) => gap > 0n && gap < 5n * MS).length).toBeGreaterThan(100);
  });

  it('reads connections of other network namespaces', async ({ lab }) => {
    const { daemon, live, row } = await startLive(lab, [`-netns=${lab.far.name}`, '-archive.provenance']);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectOut(port);
    const [own, foreign] = [await row(`sport ${near.localPort}`), await row(`sport ${port}`)];
    expect(own.connection?.netnsName).not.toBe(foreign.connection?.netnsName);
    const { body } = await live.change<WatchJson>('POST', '/watches', { filter: 'is:open', intervalMs: 1, forSec: 30 });
    expect(new Set(body.connections)).toEqual(new Set([own.uuid, foreign.uuid]));
    await lab.nearPeer.stream([near], 500, 1);
    await sleep(500);
    await lab.nearPeer.halt([near]);
    await far.received(1000);
    await daemon.stop();
    for (const { uuid } of [own, foreign]) {
      const lines = readOutput(daemon.output).find((connection) => connection.uuid === uuid)?.rows ?? [];
      expect(lines.length).toBeGreaterThan(10);
      const gaps = lines.slice(1).map(({ timestampNs }, i) => timestampNs - (lines[i]?.timestampNs ?? 0n));
      expect(gaps.filter((gap) => gap < 0n)).toEqual([]);
      // At most one record of reads a beat; those of scans and events may be nearer.
      expect(gaps.filter((gap) => gap < 5n * MS).length).toBeLessThan(gaps.length / 2);
    }
    expect((await daemon.exited()).code).toBe(0);
  });

  it('reads sockets of IPv6, and of IPv4 in IPv6', async ({ lab }) => {
    const { live, row, daemon } = await startLive(lab, [`-netns=${lab.far.name}`]);
    const port = await lab.farPeer.listen('::');
    const six = await lab.connectOut(port, lab.far.ipv6);
    // The listener of both families has this one as an IPv4-mapped address.
    const four = await lab.connectOut(port);
    const ends: readonly [filter: string, family: number][] = [
      [`sport ${six.near.localPort}`, 10],
      [`dport ${six.near.localPort}`, 10],
      [`sport ${four.near.localPort}`, 2],
      [`dport ${four.near.localPort}`, 10],
    ];
    const rows = await Promise.all(ends.map(([filter]) => row(filter)));
    expect(rows.map(({ connection }) => connection?.family)).toEqual(ends.map(([, family]) => family));
    for (const { uuid } of rows) await live.change<WatchJson>('POST', '/watches', { id: uuid, forSec: 60 });
    const counted = (name: string) => daemon.metric(`tcpinfo_watch_${name}`);
    await until('all four watches', async () => (await counted('connections')) === 4);
    await lab.nearPeer.stream([six.near, four.near], 500, 1);
    await until('records', async () => (await counted('records_total')) > 400);
    await lab.nearPeer.halt([six.near, four.near]);
    for (const result of ['missing', 'leftover', 'failed']) {
      expect([result, await counted(`reads_total{result="${result}"}`)]).toEqual([result, 0]);
    }
    for (const { uuid } of rows) {
      // An answer has what the last full second left.
      await until('the records of a row', async () => {
        const { body } = await live.get<ConnectionAnswerJson>(`/connections/${uuid}`);
        expect(body.watch).toMatchObject({ intervalMs: 1 });
        return (body.connection?.snapshots ?? 0) > 50;
      });
    }
  });

  it.skipIf(!havePrograms('watches of MPTCP', 'python3'))('reads subflows of MPTCP', async ({ lab, skip }) => {
    try {
      for (const side of [lab.near, lab.far]) side.run('sysctl', '-qw', 'net.mptcp.enabled=1');
    } catch {
      skip('the kernel has no MPTCP');
    }
    const { live, row, daemon } = await startLive(lab);
    const program = join(import.meta.dirname, '../support/mptcp.py');
    await using server = Running.inside(lab.far, 'python3', program, 'server', lab.far.ipv4, '21100');
    await until('the server', () => server.output.includes('listening'));
    await using client = Running.inside(lab.near, 'python3', program, 'client', lab.far.ipv4, '21100', '100000');
    await until('the connection', () => client.output.includes('sent'));
    const { uuid } = await row('is:mptcp');
    await live.change<WatchJson>('POST', '/watches', { id: uuid, forSec: 60 });
    const counted = (result: string) => daemon.metric(`tcpinfo_watch_reads_total{result="${result}"}`);
    await until('reads', async () => (await counted('answered')) > 100);
    for (const result of ['missing', 'leftover', 'failed'])
      expect([result, await counted(result)]).toEqual([result, 0]);
    expect(await row('is:watched')).toMatchObject({ uuid, mptcp: { joined: false } });
  });

  it('is refused with a sentence', async ({ lab }) => {
    const { live, row } = await startLive(lab, ['-watch.max=1']);
    const port = await lab.farPeer.listen('0.0.0.0');
    await lab.nearPeer.listen('0.0.0.0', { port: 4711 });
    const { near } = await lab.connectOut(port);
    const second = await lab.connectOut(port);
    const refused = async (body: object): Promise<readonly [number, string, string]> => {
      const answer = await live.change<ProblemJson>('POST', '/watches', body);
      return [answer.status, answer.body.code, answer.body.detail];
    };
    const first = await row(`sport ${near.localPort}`);
    await row(`sport ${second.near.localPort}`);
    const listener = `0.0.0.0:4711-0.0.0.0:0`;
    expect(await refused({ id: listener })).toMatchObject([
      404,
      'ERR_NO_CONNECTION',
      expect.stringMatching(/^no open/),
    ]);
    expect(await refused({ id: 'cookie:1' })).toMatchObject([404, 'ERR_NO_CONNECTION', expect.any(String)]);
    expect(await refused({})).toEqual([400, 'ERR_BODY', 'body: expected one of filter and id']);
    expect(await refused({ filter: 'rto > 1' })).toMatchObject([400, 'ERR_EXPRESSION', expect.any(String)]);
    expect(await refused({ filter: '' })).toMatchObject([400, 'ERR_BODY', expect.stringContaining('expression')]);
    expect(await refused({ filter: 'is:open', intervalMs: 0 })).toEqual([
      ...[400, 'ERR_BODY'],
      'intervalMs: 0 is not a whole number from 1 to 1000',
    ]);
    expect(await refused({ filter: 'is:open', forSec: 3601 })).toMatchObject([400, 'ERR_BODY', expect.any(String)]);
    const begun = await live.change<WatchJson>('POST', '/watches', { filter: 'is:open' });
    expect(begun.body).toMatchObject({ connections: [expect.any(String)], left: 1 });
    const other = begun.body.connections[0] === first.uuid ? second.near.localPort : near.localPort;
    const { uuid } = await row(`sport ${other}`);
    expect(await refused({ id: uuid })).toMatchObject([429, 'ERR_WATCHES_FULL', expect.stringMatching(/-watch.max/)]);
    const gone = await live.change<ProblemJson>('DELETE', '/watches/7');
    expect([gone.status, gone.body.code]).toEqual([404, 'ERR_NO_WATCH']);
  });
});
