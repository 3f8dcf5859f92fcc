import { describe, expect } from 'vitest';
import { formatAddress } from '../../netlink/index.js';
import { readOutput } from '../support/archives.js';
import type { DaemonProcess } from '../support/daemon.js';
import { haveLab, it } from '../support/lab.js';

const EXCLUDED_PORT = 5101;
const PORT = 5102;

/** Returns the number of sockets in the last scan. */
async function seen(daemon: DaemonProcess): Promise<number> {
  const families = ['ipv4', 'ipv6'].map((family) => daemon.metric(`tcpinfo_scan_sockets{family="${family}"}`));
  return (await Promise.all(families)).reduce((sum, count) => sum + count, 0);
}

describe.skipIf(!haveLab('exclusion'))('exclusion', () => {
  it.for([
    true,
    false,
  ])('drops exactly loopback, ports and addresses, also mapped ones; in the kernel: %s', async (inKernel, { lab }) => {
    const { near, far, nearPeer, farPeer } = lab;
    const daemon = await lab.startDaemon({
      args: [
        `-exclude-srcport=9,${EXCLUDED_PORT}`,
        `-exclude-dstip=${far.otherIpv4}`,
        `-exclude-dstip=${far.otherIpv6}`,
        `-filter.kernel=${inKernel}`,
      ],
    });
    const events = await lab.readEvents();
    await nearPeer.listen('::', { port: EXCLUDED_PORT });
    await nearPeer.listen('::', { port: PORT });
    const ipv4Port = await nearPeer.listen('0.0.0.0');
    const elsewhere = await farPeer.listen('::', { port: EXCLUDED_PORT });

    // Excluded:
    await nearPeer.connect({ host: '127.0.0.1', port: PORT });
    await nearPeer.connect({ host: '::1', port: PORT });
    await lab.connectIn(EXCLUDED_PORT);
    await farPeer.connect({ host: near.ipv4, port: ipv4Port, localAddress: far.otherIpv4 });
    await farPeer.connect({ host: near.ipv4, port: PORT, localAddress: far.otherIpv4 });
    await farPeer.connect({ host: near.ipv6, port: PORT, localAddress: far.otherIpv6 });
    await nearPeer.connect({ host: far.otherIpv4, port: elsewhere });
    // Kept: the port is the remote one here, and the address differs from the excluded one.
    const kept = [
      await lab.connectOut(elsewhere),
      await lab.connectIn(PORT),
      await lab.connectIn(PORT, near.otherIpv6),
    ].map((ends) => [ends.near.localPort, ends.near.remotePort]);

    await daemon.scanned();
    // Both sides of two loopback connections.
    const excluded = await daemon.metric('tcpinfo_connections_excluded');
    if (inKernel) expect(excluded).toBe(0);
    else expect(excluded).toBeGreaterThanOrEqual(2 * 2 + 5);
    if (inKernel) expect(await seen(daemon)).toBe(kept.length);
    else expect(await seen(daemon)).toBeGreaterThanOrEqual(kept.length + 2 * 2 + 5);
    expect(await daemon.metric('tcpinfo_connections')).toBe(kept.length);
    await daemon.stop();
    await events.ended();
    const ports = readOutput(daemon.output).map(({ first: { idm } }) => [idm.id.sport, idm.id.dport]);
    expect(ports.toSorted()).toEqual(kept.toSorted());
    const told = events.of('open').map(({ ID }) => [ID?.SPort, ID?.DPort]);
    expect(told.toSorted()).toEqual(kept.toSorted());
    expect(events.of('close')).toHaveLength(kept.length);
  });

  it('records what the rules include and do not exclude, with complete and partial kernel filters', async ({ lab }) => {
    const { near, far, nearPeer, farPeer } = lab;
    // More ports than one program can hold, and the local ports of this test.
    const many = Array.from({ length: 6000 }, (_, i) => 10_000 + 2 * i);
    const excluded = 10_000 + 2 * 5990;
    const rules = [`include src ${near.ipv4},${near.ipv6}; include sport ${PORT}`, `exclude sport ${many.join()}`];
    const daemon = await lab.startDaemon({ args: rules.map((rule) => `-filter=${rule}`) });
    const events = await lab.readEvents();
    for (const port of [PORT, PORT + 1, 10_000, excluded]) await nearPeer.listen('::', { port });
    const from = { host: near.ipv4, localAddress: far.ipv4 };
    for (const port of [10_000, excluded]) await lab.connectIn(port);
    await farPeer.connect({ host: near.otherIpv6, port: PORT + 1 });
    const kept = [
      (await farPeer.connect({ ...from, port: PORT + 1 })).localPort,
      (await farPeer.connect({ host: near.ipv6, port: PORT + 1 })).localPort,
      (await farPeer.connect({ host: near.otherIpv6, port: PORT })).localPort,
    ];
    await daemon.scanned();
    expect(await daemon.metric('tcpinfo_connections')).toBe(kept.length);
    // The program ends before the last ports; the collector filters the rest.
    expect(await daemon.metric('tcpinfo_connections_excluded')).toBe(1);
    expect(await seen(daemon)).toBe(kept.length + 1);
    await daemon.stop();
    await events.ended();
    const ports = readOutput(daemon.output).map(({ first: { idm } }) => idm.id.dport);
    expect(ports.toSorted()).toEqual(kept.toSorted());
    expect(events.of('open').map(({ ID }) => ID?.DPort)).toHaveLength(kept.length);
  });

  it('treats an excluded address in IPv4-mapped form as the IPv4 address', async ({ lab }) => {
    const { near, far, nearPeer, farPeer } = lab;
    const daemon = await lab.startDaemon({ args: [`--exclude-dstip=::ffff:${far.otherIpv4}`] });
    const port = await nearPeer.listen('0.0.0.0');
    await farPeer.connect({ host: near.ipv4, port, localAddress: far.otherIpv4 });
    await farPeer.connect({ host: near.ipv4, port });
    await daemon.scanned();
    await daemon.stop();
    const dst = readOutput(daemon.output).map(({ first: { idm } }) => formatAddress(idm.id.dst, idm.family));
    expect(dst).toEqual([far.ipv4]);
  });

  it('records both sides of a connection of this machine with itself over an ordinary address', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { localPort } = await lab.nearPeer.connect({ host: lab.near.ipv4, port });
    await daemon.scanned();
    await daemon.stop();
    const ports = readOutput(daemon.output).map(({ first: { idm } }) => `${idm.id.sport}:${idm.id.dport}`);
    expect(ports.toSorted()).toEqual([`${port}:${localPort}`, `${localPort}:${port}`].toSorted());
  });
});
