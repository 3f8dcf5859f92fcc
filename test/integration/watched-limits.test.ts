import { describe, expect } from 'vitest';
import { haveLab, it, type Lab } from '../support/lab.js';
import type { PeerConnection } from '../support/peer.js';
import { until } from '../support/waiting.js';
import { closed, expectOpen, expectRejected, metric, rejected, watch } from '../support/watched-service.js';

/** Address of the near namespace to connect to, and addresses of clients in the far one. */
interface Ends {
  readonly host: string;
  readonly clients: readonly string[];
}

/** Gives the far namespace three more addresses of a family. */
function ends({ near, far }: Lab, family: 'ipv4' | 'ipv6'): Ends {
  const [, device = ''] = /dev (\S+)/.exec(far.run('ip', '-4', 'route', 'show', 'scope', 'link')) ?? [];
  const net = family === 'ipv4' ? far.ipv4.replace(/\d+$/, '') : far.ipv6.replace(/[0-9a-f]+$/, '');
  const length = family === 'ipv4' ? '24' : '64';
  const clients = ['31', '32', '33'].map((last) => `${net}${last}`);
  for (const address of clients) {
    const isIpv6 = family === 'ipv6';
    far.run('ip', 'address', 'add', `${address}/${length}`, 'dev', device, ...(isIpv6 ? ['nodad'] : []));
  }
  return { host: near[family], clients: [far[family], ...clients] };
}

/** Connections by limit of N: the clients of N, and the one that is too many; numbers are indices of addresses. */
const LIMITS = [
  ['conn_limit', (n: number) => Array.from({ length: n }, () => 0), () => 0],
  ['ip_limit', (n: number) => Array.from({ length: n }, (_, i) => i), (n: number) => n],
  ['ip_conn_limit', (n: number) => Array.from({ length: n }, () => 0), () => 0],
] as const;
const FAMILIES = [
  ['IPv4', '0.0.0.0', 'ipv4'],
  ['IPv4 on an IPv6 listener', '::', 'ipv4'],
  ['IPv6', '::', 'ipv6'],
] as const;

describe.skipIf(!haveLab('tests of limits of watched services'))('a limit of a watched service', () => {
  for (const [limit, clientsOf, tooMany] of LIMITS) {
    for (const [name, listen, family] of FAMILIES) {
      for (const n of [1, 3]) {
        it(`${limit} ${n} admits up to ${n}, and ends one more: ${name}`, async ({ lab }) => {
          const { host, clients } = ends(lab, family);
          const { daemon, port } = await watch(lab, { [limit]: String(n), ip_prefix: '{v6: 128}' }, { host: listen });
          const open: PeerConnection[] = [];
          for (const client of clientsOf(n)) {
            open.push(await lab.farPeer.connect({ host, port, localAddress: clients[client] ?? '' }));
            // N - 1 and N: each is admitted, and none before it is ended.
            await until('one more', async () => (await metric(daemon, 'connections')) === open.length);
          }
          await expectOpen(...open);
          expect(await rejected(daemon, limit)).toBe(0);
          await expectRejected(lab, port, { host, localAddress: clients[tooMany(n)] ?? '' });
          await until('a rejection', async () => (await rejected(daemon, limit)) === 1);
          await expectOpen(...open);
          expect(await metric(daemon, 'connections')).toBe(n);
          expect(await metric(daemon, 'destroys_total', 'result="destroyed"')).toBe(1);
        });
      }
    }
  }

  it('admits the addresses of ip_allowlist, and no others', async ({ lab }) => {
    const { host, clients } = ends(lab, 'ipv4');
    const [, one = '', two = '', three = ''] = clients;
    const { daemon, port } = await watch(lab, { ip_allowlist: `[${one}, ${two}]` });
    const open = [];
    for (const localAddress of [one, two]) open.push(await lab.farPeer.connect({ host, port, localAddress }));
    await expectRejected(lab, port, { localAddress: three });
    await until('a rejection', async () => (await rejected(daemon, 'allowlist')) === 1);
    await expectOpen(...open);
  });

  it('read_timeout ends a client that sends nothing, not before its time, and no client that sends', async ({
    lab,
  }) => {
    const { daemon, port } = await watch(lab, { read_timeout: '2' });
    const startMs = performance.now();
    const [sending, receiving] = [await lab.connectIn(port), await lab.connectIn(port)];
    await lab.farPeer.stream([sending.far], 10, 100);
    await lab.nearPeer.stream([receiving.near], 10, 100);
    expect(await receiving.far.closed()).toBe('ECONNRESET');
    expect(performance.now() - startMs).toBeGreaterThan(1_900);
    await expectOpen(sending.near);
    await until('its end', async () => (await closed(daemon, 'read_timeout')) === 1);
  });

  it('write_timeout ends a client that takes nothing of what waits, and no client that reads', async ({ lab }) => {
    const { daemon, port } = await watch(lab, { write_timeout: '2' });
    const [stuck, reading] = [await lab.connectIn(port), await lab.connectIn(port)];
    await lab.nearPeer.stream([reading.near], 1000, 50);
    await stuck.far.hold();
    const startMs = performance.now();
    await stuck.near.send(20_000_000);
    await until('its end', async () => (await closed(daemon, 'write_timeout')) === 1);
    expect(performance.now() - startMs).toBeGreaterThan(1_900);
    await expectOpen(reading.far);
  });
});
