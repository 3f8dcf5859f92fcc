import { describe, expect } from 'vitest';
import { formatAddress } from '../../inetdiag/index.js';
import { readOutput } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';

const EXCLUDED_PORT = 5101;
const PORT = 5102;

describe.skipIf(!haveLab('exclusion'))('exclusion', () => {
  it('leaves out loopback, ports and addresses, mapped ones too, and nothing else', async ({ lab }) => {
    const { near, far, nearPeer, farPeer } = lab;
    const daemon = await lab.startDaemon({
      args: [
        `-exclude-srcport=9,${EXCLUDED_PORT}`,
        `-exclude-dstip=${far.otherIpv4}`,
        `-exclude-dstip=${far.otherIpv6}`,
      ],
    });
    const events = await lab.readEvents();
    await nearPeer.listen('::', { port: EXCLUDED_PORT });
    await nearPeer.listen('::', { port: PORT });
    const ipv4Port = await nearPeer.listen('0.0.0.0');
    const elsewhere = await farPeer.listen('::', { port: EXCLUDED_PORT });

    // Left out:
    await nearPeer.connect({ host: '127.0.0.1', port: PORT });
    await nearPeer.connect({ host: '::1', port: PORT });
    await lab.connectIn(EXCLUDED_PORT);
    await farPeer.connect({ host: near.ipv4, port: ipv4Port, localAddress: far.otherIpv4 });
    await farPeer.connect({ host: near.ipv4, port: PORT, localAddress: far.otherIpv4 });
    await farPeer.connect({ host: near.ipv6, port: PORT, localAddress: far.otherIpv6 });
    await nearPeer.connect({ host: far.otherIpv4, port: elsewhere });
    // Kept: the port is the other end's here, and the address is of another machine than the excluded one.
    const kept = [
      await lab.connectOut(elsewhere),
      await lab.connectIn(PORT),
      await lab.connectIn(PORT, near.otherIpv6),
    ].map((ends) => [ends.near.localPort, ends.near.remotePort]);

    await daemon.scanned();
    // Two loopback connections have both of their ends here.
    expect(await daemon.metric('tcpinfo_connections_excluded')).toBeGreaterThanOrEqual(2 * 2 + 5);
    expect(await daemon.metric('tcpinfo_connections')).toBe(kept.length);
    await daemon.stop();
    await events.ended();
    const ports = readOutput(daemon.output).map(({ first: { idm } }) => [idm.id.sport, idm.id.dport]);
    expect(ports.toSorted()).toEqual(kept.toSorted());
    const told = events.of('open').map(({ ID }) => [ID?.SPort, ID?.DPort]);
    expect(told.toSorted()).toEqual(kept.toSorted());
    expect(events.of('close')).toHaveLength(kept.length);
  });

  it('takes an excluded address in its mapped form for the IPv4 address', async ({ lab }) => {
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

  it('records both ends of a connection of this machine with itself over an ordinary address', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { localPort } = await lab.nearPeer.connect({ host: lab.near.ipv4, port });
    await daemon.scanned();
    await daemon.stop();
    const ports = readOutput(daemon.output).map(({ first: { idm } }) => `${idm.id.sport}:${idm.id.dport}`);
    expect(ports.toSorted()).toEqual([`${port}:${localPort}`, `${localPort}:${port}`].toSorted());
  });
});
