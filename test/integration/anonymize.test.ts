import { describe, expect } from 'vitest';
import { AF_INET6, formatAddress } from '../../inetdiag/index.js';
import { byPorts, readOutput } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';

const isZero = (byte: number): boolean => byte === 0;

describe.skipIf(!haveLab('anonymisation'))('-anonymize.ip=netblock', () => {
  it("cuts others' addresses in archives, keeps our own, and leaves events whole", async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['-anonymize.ip', 'netblock'] });
    const events = await lab.readEvents();
    const { near, far } = lab;
    const port = await lab.nearPeer.listen('::');
    const ipv4Port = await lab.nearPeer.listen('0.0.0.0');
    const cases = [
      { ends: await lab.connectIn(ipv4Port), own: near.ipv4, other: far.ipv4, cut: '10.77.0.0' },
      { ends: await lab.connectIn(port), own: near.ipv4, other: far.ipv4, cut: '10.77.0.0' },
      { ends: await lab.connectIn(port, near.ipv6), own: near.ipv6, other: far.ipv6, cut: 'fd77:1:2::' },
      { ends: await lab.connectIn(port, near.otherIpv6), own: near.otherIpv6, other: far.ipv6, cut: 'fd77:1:2::' },
    ];
    for (const { ends } of cases) {
      await ends.far.send(1000);
      await ends.near.received(1000);
    }
    await daemon.scanned();
    await daemon.stop();
    await events.ended();
    const all = readOutput(daemon.output);
    for (const { ends, own, other, cut } of cases) {
      const { uuid, rows } = byPorts(all, ends.near.localPort, ends.near.remotePort);
      for (const { idm, rawIdm } of rows) {
        expect(formatAddress(idm.id.src, idm.family)).toBe(own);
        expect(formatAddress(idm.id.dst, idm.family)).toBe(cut);
        // What was cut is zero, byte for byte: after 3 bytes of an IPv4 address, after 6 of an IPv6 one.
        if (idm.family === AF_INET6 && cut.includes(':'))
          expect(rawIdm.subarray(24 + 6, 24 + 16).every(isZero)).toBe(true);
        expect(idm.id.cookie).toBe(BigInt(`0x${uuid.slice(-16)}`));
      }
      expect(events.of('open', uuid)).toMatchObject([{ ID: { SrcIP: own, DstIP: other } }]);
    }
  });
});
