import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ConnectionAnswerJson, GroupsJson, RowJson, ViewJson } from '../../live/wire/index.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { LiveClient } from '../support/live-client.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const MPTCP = join(import.meta.dirname, '../support/mptcp.py');
const PORT = 21_000;

async function startLive(lab: Lab, ...args: string[]): Promise<LiveClient> {
  const path = join(lab.folder, 'live.sock');
  await lab.startDaemon({ args: [`-live=unix:${path}`, ...args] });
  return new LiveClient(path);
}

/** Waits until a list has so many rows, and returns them. */
async function rowsOf(live: LiveClient, filter: string, count: number): Promise<readonly RowJson[]> {
  let rows: readonly RowJson[] = [];
  await until(`${count} rows of ${filter}`, async () => {
    const { body } = await live.get<ViewJson>('/connections', { filter, fields: 'all' });
    rows = body.connections;
    return rows.length === count;
  });
  return rows;
}

describe.skipIf(!haveLab('pairs'))('both ends of a connection', () => {
  it('in two recorded network namespaces name each other, and agree at the end', async ({ lab }) => {
    const live = await startLive(lab, `-netns=${lab.far.name}`);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectOut(port);
    await near.send(300_000);
    await far.received(300_000);
    const rows = await rowsOf(live, `port ${near.localPort}`, 2);
    const nearRow = rows.find(({ connection }) => connection?.localPort === near.localPort);
    const farRow = rows.find(({ connection }) => connection?.localPort === port);
    expect(nearRow?.pair).toEqual({ key: farRow?.key, uuid: farRow?.uuid, netnsName: lab.far.name, agrees: null });
    expect(farRow?.pair).toEqual({ key: nearRow?.key, uuid: nearRow?.uuid, netnsName: null, agrees: null });
    expect(nearRow?.pairAmbiguous).toBe(false);
    expect(await rowsOf(live, 'is:paired', 2)).toHaveLength(2);
    expect(await rowsOf(live, `pair.netnsName = "${lab.far.name}"`, 1)).toHaveLength(1);

    await near.end();
    await far.ended();
    await far.end();
    await near.ended();
    await near.destroy();
    await until('final counters of both ends', async () => {
      const path = `/connections/${nearRow?.uuid}`;
      return (await live.get<ConnectionAnswerJson>(path)).body.pair?.agrees === true;
    });
  });

  it('are no pair if the other namespace is not recorded', async ({ lab }) => {
    const live = await startLive(lab);
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near } = await lab.connectOut(port);
    const [row] = await rowsOf(live, `port ${near.localPort}`, 1);
    expect(row).toMatchObject({ pair: null, pairAmbiguous: false, mptcp: null });
  });
});

describe.skipIf(!haveLab('MPTCP') || !havePrograms('MPTCP', 'python3', 'ip'))('subflows of MPTCP', () => {
  it('are together under their token', async ({ lab, skip }) => {
    try {
      for (const side of [lab.near, lab.far]) {
        side.run('sysctl', '-qw', 'net.mptcp.enabled=1');
        side.run('ip', 'mptcp', 'limits', 'set', 'subflow', '2', 'add_addr_accepted', '2');
      }
    } catch {
      skip('the kernel has no MPTCP');
    }
    const second = lab.near.otherIpv4;
    const [, device = ''] = /dev (\S+)/.exec(lab.near.run('ip', '-o', 'route', 'get', lab.far.ipv4)) ?? [];
    lab.near.run('ip', 'mptcp', 'endpoint', 'add', second, 'dev', device, 'subflow');
    const live = await startLive(lab);
    await using server = Running.inside(lab.far, 'python3', MPTCP, 'server', lab.far.ipv4, String(PORT));
    await until('the server', () => server.output.includes('listening'));
    const client = ['client', lab.far.ipv4, String(PORT), '100000'];
    await using connection = Running.inside(lab.near, 'python3', MPTCP, ...client);
    await until('the connection', () => connection.output.includes('sent'));
    const rows = await rowsOf(live, 'is:mptcp', 2);
    const [first, joined] = [false, true].map((isJoined) => rows.find(({ mptcp }) => mptcp?.joined === isJoined));
    expect(first?.mptcp).toMatchObject({ token: joined?.mptcp?.token, backup: false, idLoc: 0 });
    expect(joined?.connection?.localAddress).toBe(second);
    const uuids = rows.map(({ uuid }) => uuid).sort();
    expect([...(first?.mptcp?.subflows ?? [])].sort()).toEqual(uuids);
    expect([...(joined?.mptcp?.subflows ?? [])].sort()).toEqual(uuids);
    // The socket of the connection: another cookie, and counters of all that was sent over both.
    await until('the connection of the subflows', async () => {
      const [row] = await rowsOf(live, `token:${first?.mptcp?.token} mptcp.bytesAcked = 100kB`, 2);
      return row?.mptcp?.cookie !== null && row?.mptcp?.fellBack === false;
    });
    const whole = await rowsOf(live, 'is:mptcp', 2);
    const [cookie, other] = whole.map(({ mptcp }) => mptcp?.cookie);
    expect(cookie).toBe(other);
    expect(whole.map((row) => row.cookie)).not.toContain(cookie);
    expect(whole.map(({ mptcp }) => mptcp?.bytesSent)).toEqual([100_000, 100_000]);
    const { body } = await live.get<GroupsJson>('/groups', { by: 'mptcp.token', filter: 'is:mptcp' });
    expect(body.groups).toMatchObject([{ key: [first?.mptcp?.token], connections: 2 }]);
  });
});
