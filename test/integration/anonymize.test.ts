import { describe, expect } from 'vitest';
import { AF_INET6, formatAddress } from '../../netlink/index.js';
import { byPorts, readOutput } from '../support/archives.js';
import { type Ends, haveLab, it } from '../support/lab.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const isZero = (byte: number): boolean => byte === 0;

/** A program that connects with a foreign address (IP_TRANSPARENT), prints its port, and waits. */
const TRANSPARENT = `
import socket, sys, time
source, host, port = sys.argv[1:]
s = socket.socket()
s.setsockopt(socket.SOL_IP, 19, 1)
s.bind((source, 0))
s.connect((host, int(port)))
print('connected', s.getsockname()[1], flush=True)
time.sleep(600)
`;

describe.skipIf(!haveLab('anonymisation') || !havePrograms('anonymisation', 'python3'))(
  '-anonymize.ip=netblock',
  () => {
    it('cuts foreign addresses in archives, keeps own ones, and leaves events unchanged', async ({ lab }) => {
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
          // The cut part is zero: after 3 bytes of an IPv4 address, after 6 of an IPv6 one.
          if (idm.family === AF_INET6 && cut.includes(':'))
            expect(rawIdm.subarray(24 + 6, 24 + 16).every(isZero)).toBe(true);
          expect(idm.id.cookie).toBe(BigInt(`0x${uuid.slice(-16)}`));
        }
        expect(events.of('open', uuid)).toMatchObject([{ ID: { SrcIP: own, DstIP: other } }]);
      }
    });

    it('keeps own addresses that no active interface shows, and cuts those of a transparent socket', async ({
      lab,
    }) => {
      const { near, far } = lab;
      // Three kinds: on an interface without carrier, in a locally routed network, and (below) added while the
      // collector runs.
      near.run('ip', 'tuntap', 'add', 'lone', 'mode', 'tun');
      near.run('ip', 'address', 'add', '198.51.100.7/24', 'dev', 'lone');
      near.run('ip', 'link', 'set', 'lone', 'up');
      near.run('ip', 'route', 'add', 'local', '203.0.113.0/24', 'dev', 'lo');
      for (const network of ['198.51.100.0/24', '203.0.113.0/24', '192.0.2.0/24']) {
        far.run('ip', 'route', 'add', network, 'via', near.ipv4);
      }
      const daemon = await lab.startDaemon({ args: ['-anonymize.ip=netblock'] });
      await daemon.scanned();
      near.run('ip', 'address', 'add', '192.0.2.9/32', 'dev', 'cable');
      const port = await lab.nearPeer.listen('0.0.0.0');
      const all: { ends: Ends; source: string }[] = [];
      for (const source of ['198.51.100.7', '203.0.113.8', '192.0.2.9']) {
        all.push({ ends: await lab.connectIn(port, source), source });
      }
      const there = await lab.farPeer.listen('0.0.0.0');
      const transparent = Running.inside(near, 'python3', '-c', TRANSPARENT, '203.0.113.77', far.ipv4, String(there));
      try {
        // The line may come in parts.
        await until('the transparent connection', () => /connected \d+\n/.test(transparent.output));
        const localPort = Number(transparent.output.split(' ')[1]);
        for (const { ends } of all) {
          await ends.far.send(1000);
          await ends.near.received(1000);
        }
        await daemon.scanned();
        await daemon.stop();
        const archives = readOutput(daemon.output);
        for (const { ends, source } of all) {
          const { rows } = byPorts(archives, ends.near.localPort, ends.near.remotePort);
          for (const { idm } of rows) {
            expect([formatAddress(idm.id.src, idm.family), formatAddress(idm.id.dst, idm.family)]).toEqual([
              source,
              '10.77.0.0',
            ]);
          }
        }
        const { rows } = byPorts(archives, localPort, there);
        for (const { idm } of rows) expect(formatAddress(idm.id.src, idm.family)).toBe('203.0.113.0');
      } finally {
        await transparent[Symbol.asyncDispose]();
      }
    });

    it('cuts the IPv4 address in a 6to4 address', async ({ lab }) => {
      const { near, far } = lab;
      near.run('ip', 'address', 'add', '2002:c633:6402::2/48', 'dev', 'cable', 'nodad');
      far.run('ip', 'address', 'add', '2002:c633:6407::1/48', 'dev', 'cable', 'nodad');
      near.run('ip', 'route', 'add', '2002:c633:6407::/48', 'dev', 'cable');
      far.run('ip', 'route', 'add', '2002:c633:6402::/48', 'dev', 'cable', 'src', '2002:c633:6407::1');
      const daemon = await lab.startDaemon({ args: ['-anonymize.ip=netblock'] });
      const ends = await lab.connectIn(await lab.nearPeer.listen('::'), '2002:c633:6402::2');
      await daemon.scanned();
      await daemon.stop();
      const { rows } = byPorts(readOutput(daemon.output), ends.near.localPort, ends.near.remotePort);
      for (const { idm } of rows) {
        expect(formatAddress(idm.id.src, idm.family)).toBe('2002:c633:6402::2');
        expect(formatAddress(idm.id.dst, idm.family)).toBe('2002:c633:6400::');
      }
    });
  },
);
