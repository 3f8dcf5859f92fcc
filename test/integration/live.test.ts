import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type {
  ConnectionAnswerJson,
  GroupsJson,
  OverviewJson,
  ProblemJson,
  RowJson,
  StatusJson,
  TimelineJson,
  ViewJson,
} from '../../live/wire/index.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { LiveClient } from '../support/live-client.js';
import { createNamespacePair } from '../support/namespaces.js';
import { Peer } from '../support/peer.js';
import { tcpInfo } from '../support/tcp-info.js';
import { until } from '../support/waiting.js';

/** Starts a daemon with the live API on a unix socket. */
async function startLive(lab: Lab, args: readonly string[] = []) {
  const path = join(lab.folder, 'live.sock');
  const daemon = await lab.startDaemon({ args: [`-live=unix:${path}`, ...args] });
  const live = new LiveClient(path);
  /** Waits until the list has the connection with this remote or local port. */
  const row = async (port: number, parameters: Readonly<Record<string, string | number>> = {}): Promise<RowJson> => {
    let found: RowJson | undefined;
    await until(`a row of port ${port}`, async () => {
      const { body } = await live.get<ViewJson>('/connections', {
        filter: `port ${port}`,
        fields: 'all',
        ...parameters,
      });
      found = body.connections[0];
      return found !== undefined;
    });
    if (found === undefined) throw new Error('no row');
    return found;
  };
  return { daemon, live, row };
}

/** Returns the network namespaces that a process has open files of, by inode number. */
function namespacesOf(pid: number | undefined): number[] {
  const folder = `/proc/${pid}/fd`;
  const { dev } = statSync('/proc/self/ns/net');
  return readdirSync(folder).flatMap((fd) => {
    // It may be closed by now.
    const file = statSync(`${folder}/${fd}`, { throwIfNoEntry: false });
    return file?.dev === dev ? [file.ino] : [];
  });
}

describe.skipIf(!haveLab('the live API'))('the live API', () => {
  it('finds a connection by its UUID, the end of it, cookie and addresses', async ({ lab }) => {
    const { live, row } = await startLive(lab);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near } = await lab.connectOut(port);
    await lab.connectOut(port);
    await near.send(1000);
    const found = await row(near.localPort);
    const cookie = BigInt(`0x${found.cookie}`);
    const { localAddress, remoteAddress } = found.connection ?? {};
    const ids = [
      found.uuid ?? '',
      String(found.uuid?.slice(-16)),
      `cookie:${cookie}`,
      `${localAddress}:${near.localPort}-${remoteAddress}:${port}`,
    ];
    for (const id of ids) {
      const { status, body } = await live.get<ConnectionAnswerJson>(`/connections/${encodeURIComponent(id)}`);
      expect([id, status, body.uuid]).toEqual([id, 200, found.uuid]);
      expect(body.connection?.localPort).toBe(near.localPort);
    }
    const none = await live.get<ProblemJson>('/connections/cookie:1');
    expect([none.status, none.body.status]).toEqual([404, 404]);
    expect(none.headers['content-type']).toMatch('application/problem+json');
    // Both connections have the same prefix of UUIDs, so an end with no digit of the cookie fits both.
    const both = await live.get<ProblemJson>('/connections/0');
    expect([200, 404, 409]).toContain(both.status);
  });

  it('answers when a connection has ended, with its final counters', async ({ lab }) => {
    const { live, row } = await startLive(lab);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectOut(port);
    const { uuid = '' } = await row(near.localPort);
    const ended = live.get<ConnectionAnswerJson>(`/connections/${uuid}`, { wait: 'closed', timeout: '30s' });
    await near.send(123_456);
    await far.received(123_456);
    await near.end();
    await far.ended();
    // A scan must see this end's FIN before the other one: counters alone may not tell which came first.
    await until('FIN_WAIT2', async () => (await row(near.localPort)).state === 'FIN_WAIT2');
    await far.end();
    await near.ended();
    await near.destroy();
    const { status, body } = await ended;
    expect(status).toBe(200);
    expect(body).toMatchObject({
      open: false,
      endCause: 'event',
      connection: { howEnded: 'closed' },
    });
    // A tail loss probe sometimes repeats some.
    const { bytesSent = 0, bytesRetrans = 0 } = body.connection ?? {};
    expect((bytesSent ?? 0) - (bytesRetrans ?? 0)).toBe(123_456);
    expect(body.connection?.closedFirst).toBe('local');
    // A short connection that no scan saw is a row, too.
    const short = await lab.connectOut(port);
    await short.near.end();
    await short.far.ended();
    await short.far.end();
    await short.near.ended();
    await short.near.destroy();
    const closed = await row(short.near.localPort, { closed: 'only' });
    expect(closed.open).toBe(false);
  });

  it('does not say that a connection has ended when only the collector stops', async ({ lab }) => {
    const { live, daemon, row } = await startLive(lab);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near } = await lab.connectOut(port);
    const { uuid = '' } = await row(near.localPort);
    const waiting = live.get<ProblemJson>(`/connections/${uuid}`, { wait: 'closed', timeout: '60s' });
    await until('the request', async () => (await live.get<StatusJson>('/status')).body.clients === 2);
    await daemon.stop();
    expect((await waiting).status).toBe(503);
  });

  it('tells a connection from the next one of its socket', async ({ lab }) => {
    const { live, row } = await startLive(lab);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near } = await lab.connectOut(port);
    const found = await row(near.localPort);
    expect(found.key).toMatch(new RegExp(`^${found.uuid}@\\d`));
    const byKey = await live.get<ConnectionAnswerJson>(`/connections/${encodeURIComponent(found.key ?? '')}`);
    expect([byKey.status, byKey.body.uuid]).toEqual([200, found.uuid]);
  });

  it('has the timeline of a closed connection as show has it of its archive', async ({ lab }) => {
    const { daemon, live, row } = await startLive(lab);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectOut(port);
    const { uuid = '' } = await row(near.localPort);
    for (let n = 0; n < 5; n++) await near.send(10_000);
    await far.received(50_000);
    await near.end();
    await far.end();
    const path = `/connections/${uuid}/timeline`;
    // Until the archive is written to its end, the rest is from memory.
    const { status, body } = await until('the whole archive', async () => {
      const answer = await live.get<TimelineJson>(path);
      const isWhole = answer.body.source === 'archive' && answer.body.memoryFromUs === undefined;
      return isWhole ? answer : undefined;
    });
    const { source, ...object } = body;
    expect([status, source]).toEqual([200, 'archive']);
    const shown = await tcpInfo('show', uuid, daemon.output, '--format=json');
    expect(object).toEqual(JSON.parse(shown.stdout));
    expect(body.connection.bytesSent).toBeGreaterThanOrEqual(50_000);
  });

  it('joins the archive of an open connection with what memory has since, without a gap', async ({ lab }) => {
    const { live, row } = await startLive(lab, ['-archive.flush-age=2s']);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectOut(port);
    const { uuid = '' } = await row(near.localPort);
    // The end of a range in the past is in archives; one in the future lets memory go on.
    const untilTime = new Date(Date.now() + 3600e3).toISOString();
    let sent = 0;
    const joined = await until('a record in the archive', async () => {
      await near.send(1000);
      sent += 1000;
      await far.received(sent);
      const { body } = await live.get<TimelineJson>(`/connections/${uuid}/timeline`, {
        ...{ width: '100ms', until: untilTime },
      });
      const hasAll = body.timeline.reduce((sum, cell) => sum + (cell.bytesSent ?? 0), 0) === body.connection.bytesSent;
      return body.source === 'archive' && body.memoryFromUs !== undefined && hasAll ? body : undefined;
    });
    const { timeline, memoryFromUs = 0, startUs } = joined;
    expect(joined.connection.bytesSent).toBeGreaterThan(0);
    const starts = timeline.map((cell) => cell.fromUs);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    expect(starts.filter((start) => (startUs ?? 0) + start < memoryFromUs).length).toBeGreaterThan(0);
    expect(starts.filter((start) => (startUs ?? 0) + start >= memoryFromUs).length).toBeGreaterThan(0);
  });

  it('lists, groups and sums up what moves', async ({ lab }) => {
    const { live, row } = await startLive(lab);
    const port = await lab.farPeer.listen('0.0.0.0');
    const ends = await Promise.all(Array.from({ length: 5 }, () => lab.connectOut(port)));
    for (const { near } of ends) await row(near.localPort);
    const sent = 200_000;
    for (const { near } of ends) await near.send(sent);
    for (const { far } of ends) await far.received(sent);
    await lab.acknowledged();
    await until('counters', async () => {
      const { body } = await live.get<ViewJson>('/connections', {
        filter: `dport ${port} bytesSent - bytesRetrans = ${sent}B`,
      });
      return body.matched === ends.length;
    });
    const groups = (await live.get<GroupsJson>('/groups', { by: 'remotePort', filter: `dport ${port}` })).body;
    expect(groups).toMatchObject({ matched: 5, total: 1, groups: [{ key: [port], connections: 5, closed: 0 }] });
    await until('the sum', async () => {
      const { seconds } = (await live.get<OverviewJson>('/overview', { window: '1min' })).body;
      return seconds.reduce((sum, each) => sum + each.sentBytes - each.retransmittedBytes, 0) === ends.length * sent;
    });
    const status = (await live.get<StatusJson>('/status')).body;
    expect(status).toMatchObject({ mode: 'live', open: 5, closed: 0, loopback: false });
  });

  it('streams a view and its changes', async ({ lab }) => {
    const { live } = await startLive(lab);
    const port = await lab.farPeer.listen('0.0.0.0');
    const events: string[] = [];
    const rows = new Map<string, RowJson>();
    let opened: Promise<unknown> | undefined;
    for await (const message of live.stream('/stream', { filter: `dport ${port}`, fields: 'key,state,remotePort' })) {
      events.push(message.event);
      opened ??= lab.connectOut(port);
      for (const [key, value] of Object.entries((message['rows'] ?? {}) as Record<string, RowJson>))
        rows.set(key, value);
      if (rows.size > 0) break;
    }
    await opened;
    expect(events[0]).toBe('view');
    expect(events.at(-1)).toBe('delta');
    expect([...rows.values()]).toMatchObject([{ state: 'ESTABLISHED', connection: { remotePort: port } }]);
  });

  it('shows connections over loopback only if it is asked to, and never archives them', async ({ lab }) => {
    const { live, daemon, row } = await startLive(lab, ['-live.loopback']);
    const port = await lab.nearPeer.listen('127.0.0.1');
    const near = await lab.nearPeer.connect({ host: '127.0.0.1', port });
    const found = await row(near.localPort);
    expect(found.connection).toMatchObject({ localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' });
    expect((await live.get<StatusJson>('/status')).body.loopback).toBe(true);
    expect(await daemon.metric('tcpinfo_connections')).toBe(0);
  });

  it('shows connections over loopback in each recorded namespace, and leaves one that is removed', async ({ lab }) => {
    const elsewhere = createNamespacePair();
    onTestFinished(() => elsewhere.remove());
    const { name } = elsewhere.near;
    const args = ['-live.loopback', `-netns=${name}`, '-anonymize.ip=netblock'];
    const { live, daemon, row } = await startLive(lab, args);
    const peer = new Peer(elsewhere.near);
    onTestFinished(() => peer.stop());
    const port = await peer.listen('127.0.0.1');
    const { localPort } = await peer.connect({ host: '127.0.0.1', port });
    const found = await row(localPort, { filter: `sport ${localPort} netns = "${name}"` });
    // Addresses of the machine itself are shown whole.
    expect(found.connection).toMatchObject({
      netnsName: name,
      netnsInode: statSync(`/run/netns/${name}`).ino,
      localAddress: '127.0.0.1',
      remoteAddress: '127.0.0.1',
      remotePort: port,
    });
    expect(await daemon.metric('tcpinfo_connections')).toBe(0);
    // A connection of the own namespace is beside it, with no name.
    const ownPort = await lab.nearPeer.listen('127.0.0.1');
    const own = await lab.nearPeer.connect({ host: '127.0.0.1', port: ownPort });
    expect((await row(own.localPort, { filter: `sport ${own.localPort}` })).connection?.netnsName).toBe(null);
    await peer.stop();
    elsewhere.remove();
    await until('the row is closed', async () => {
      const { body } = await live.get<ViewJson>('/connections', { filter: `sport ${localPort}`, closed: 'only' });
      return body.connections[0]?.open === false;
    });
    await until('no open file of the namespace', () => namespacesOf(daemon.pid).length <= 1);
  });
});
