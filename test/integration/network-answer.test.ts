import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { NetworkJson } from '../../live/wire/index.js';
import { haveLab, it } from '../support/lab.js';
import { LiveClient } from '../support/live-client.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const SUPPORT = join(import.meta.dirname, '..', 'support');
const PORT = 5301;
const BACKLOG = 4;

describe.skipIf(!haveLab('/network') || !havePrograms('/network', 'python3'))('/network', () => {
  it('shows a full accept queue, what it dropped, and local ports of a destination', async ({ lab }) => {
    const path = join(lab.folder, 'live.sock');
    await lab.startDaemon({ args: [`-live=unix:${path}`] });
    const live = new LiveClient(path);
    const ask = async (): Promise<NetworkJson> => (await live.get<NetworkJson>('/network')).body;
    const before = await ask();
    expect(before.listeners?.sockets.some(({ localPort }) => localPort === PORT)).toBe(false);

    const program = join(SUPPORT, 'full-listener.py');
    const clients = BACKLOG + 5;
    await using full = Running.inside(lab.near, 'python3', program, String(PORT), String(BACKLOG), String(clients));
    await until('the listener', () => full.output.includes('ready'));
    const far = await lab.farPeer.listen('0.0.0.0');
    for (let n = 0; n < 3; n++) await lab.connectOut(far);

    const listener = await until('a full queue that drops', async () => {
      const found = (await ask()).listeners?.sockets.find(({ localPort }) => localPort === PORT);
      return found !== undefined && (found.drops ?? 0) > 0 ? found : undefined;
    });
    expect(listener).toMatchObject({ localAddress: '127.0.0.1', queued: BACKLOG + 1, backlog: BACKLOG, fillRatio: 1 });
    const after = await until('the ports', async () => {
      const answer = await ask();
      return (answer.localPorts?.usedToBusiest ?? 0) >= 3 ? answer : undefined;
    });
    expect(after.listeners?.sockets[0]?.localPort).toBe(PORT);
    expect(after.localPorts?.destinations[0]).toEqual({
      ...{ localAddress: lab.near.ipv4, remoteAddress: lab.far.ipv4, remotePort: far, ports: 3 },
    });
    expect(after.counters.listenDrops ?? 0).toBeGreaterThan(before.counters.listenDrops ?? 0);
    expect(after.counters.activeOpens ?? 0).toBeGreaterThan(before.counters.activeOpens ?? 0);
    expect(after.sockets?.maxTimeWait ?? 0).toBeGreaterThan(0);
    expect(after.memory?.usedBytes ?? -1).toBeGreaterThanOrEqual(0);
    // Files of the first network namespace alone; the lab's is another one.
    const parts = after.unknown.map(({ part }) => part);
    expect(parts).toEqual(expect.arrayContaining(['maxOrphans', 'memoryBounds']));
  });

  it('says why local ports are unknown when they are not measured', async ({ lab }) => {
    const path = join(lab.folder, 'live.sock');
    await lab.startDaemon({ args: [`-live=unix:${path}`, '-metrics.disable=ephemeral,listeners'] });
    const { body } = await new LiveClient(path).get<NetworkJson>('/network');
    expect(body.localPorts).toBeNull();
    expect(body.listeners?.count).toBeGreaterThanOrEqual(0);
    expect(body.unknown.find(({ part }) => part === 'localPorts')?.reason).toMatch(/-metrics\.disable=ephemeral/);
  });
});
