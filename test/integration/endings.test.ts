import { describe, expect } from 'vitest';
import type { ClosedFirst, HowEnded } from '../../analysis/index.js';
import { connectionRows } from '../support/connection-rows.js';
import type { DaemonProcess } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { haveLoad, Load, widen } from '../support/load.js';
import type { Namespace } from '../support/namespaces.js';
import { Peer, type PeerConnection } from '../support/peer.js';
import { SLOWNESS } from '../support/sanitizers.js';
import { until } from '../support/waiting.js';

const SENT = 300;
const REPLY = 700;
const LOAD_PORT = 20_000;
const COUNT = 1000;

type Opener = 'this end' | 'the peer';

/** A connection recorded on one side: `own` is that side, `other` the peer's. */
interface Recorded {
  readonly lab: Lab;
  readonly daemon: DaemonProcess;
  readonly own: PeerConnection;
  readonly other: PeerConnection;
  /** Programs of the two sides, which have no other connection. */
  readonly ownProgram: Peer;
  readonly otherProgram: Peer;
}

/** Opens a connection with a request and a reply, and waits until a scan has seen it at rest. */
async function open(
  { lab, daemon, ownProgram, otherProgram }: Omit<Recorded, 'own' | 'other'>,
  opener: Opener,
): Promise<{ readonly own: PeerConnection; readonly other: PeerConnection }> {
  const isOwn = opener === 'this end';
  const [client, server] = isOwn ? [ownProgram, otherProgram] : [otherProgram, ownProgram];
  const port = await server.listen('0.0.0.0');
  const asks = await client.connect({ host: isOwn ? lab.far.ipv4 : lab.near.ipv4, port });
  const answers = await server.accepted(port, asks.localPort);
  await asks.send(SENT);
  await answers.received(SENT);
  await answers.send(REPLY);
  await asks.received(REPLY);
  await lab.acknowledged();
  await daemon.scanned();
  return isOwn ? { own: asks, other: answers } : { own: answers, other: asks };
}

/** Returns the link-layer address of a namespace on the cable. */
function cardOf(namespace: Namespace): string {
  const [, address = ''] = /link\/ether (\S+)/.exec(namespace.run('ip', '-o', 'link', 'show', 'cable')) ?? [];
  return address;
}

/** Changes the link-layer address that both sides send to: one that does not exist, or the right one. */
function setCable({ near, far }: Lab, isCut: boolean): void {
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    const address = isCut ? '02:00:00:00:00:63' : cardOf(to);
    from.run('ip', 'neighbour', 'replace', to.ipv4, 'lladdr', address, 'nud', 'permanent', 'dev', 'cable');
  }
}

/** Destroys the socket on one side of a connection. */
function destroySocket(namespace: Namespace, { localPort, remotePort }: PeerConnection): void {
  namespace.run('ss', '-Ktn', 'sport', '=', `:${localPort}`, 'and', 'dport', '=', `:${remotePort}`);
}

type Case = readonly [
  what: string,
  expected: readonly [HowEnded, ClosedFirst],
  finish: (recorded: Recorded) => Promise<void>,
];

const CASES: readonly Case[] = [
  [
    'this end closes, and then the peer',
    ['closed', 'local'],
    async ({ daemon, own, other }) => {
      await own.end();
      await other.ended();
      await daemon.scanned();
      await other.destroy();
      await own.ended();
      await own.destroy();
    },
  ],
  [
    'the peer closes, and then this end',
    ['closed', 'remote'],
    async ({ daemon, own, other }) => {
      await other.end();
      await own.ended();
      await daemon.scanned();
      await own.destroy();
      await other.ended();
    },
  ],
  ['this end resets it by SO_LINGER 0', ['reset_local', 'unknown'], async ({ own }) => await own.reset()],
  [
    'the peer resets it while it is idle',
    ['reset_remote', 'unknown'],
    async ({ own, other }) => {
      await other.reset();
      await own.closed();
    },
  ],
  [
    'the peer has closed, and answers data by a RST',
    ['reset_remote', 'remote'],
    async ({ lab, daemon, own, other }) => {
      await other.destroy();
      await own.ended();
      // An acknowledgement delayed until after the scan could also have been a local RST.
      await until('the acknowledgement of the FIN', () => {
        return !lab.far.run('ss', '-Htn', 'state', 'fin-wait-1').includes(`:${own.localPort} `);
      });
      await daemon.scanned();
      await own.send(SENT);
      // A program that has read to the end does not notice a RST until it writes again.
      await until('the RST', () => !lab.near.run('ss', '-Htn').includes(`:${own.localPort} `));
      await own.destroy();
    },
  ],
  [
    'this end closes with unread data',
    ['reset_local', 'unknown'],
    async ({ lab, daemon, own, other }) => {
      await own.hold();
      await other.send(SENT);
      await lab.acknowledged();
      await daemon.scanned();
      await own.destroy();
    },
  ],
  [
    'the peer closes with unread data',
    ['reset_remote', 'unknown'],
    async ({ lab, daemon, own, other }) => {
      await other.hold();
      await own.send(SENT);
      await lab.acknowledged();
      await daemon.scanned();
      await other.destroy();
      await own.closed();
    },
  ],
  [
    'ss -K destroys the socket of this end',
    ['reset_local', 'unknown'],
    async ({ lab, own }) => {
      destroySocket(lab.near, own);
      await own.closed();
    },
  ],
  [
    "ss -K destroys the peer's socket",
    ['reset_remote', 'unknown'],
    async ({ lab, own, other }) => {
      destroySocket(lab.far, other);
      await own.closed();
    },
  ],
  [
    'the process of this end is killed',
    ['closed', 'local'],
    async ({ ownProgram, other }) => {
      await ownProgram.stop();
      await other.ended();
    },
  ],
  [
    'the process of this end is killed with unread data',
    ['reset_local', 'unknown'],
    async ({ lab, daemon, own, other, ownProgram }) => {
      await own.hold();
      await other.send(SENT);
      await lab.acknowledged();
      await daemon.scanned();
      await ownProgram.stop();
    },
  ],
  [
    "the peer's process is killed",
    ['closed', 'remote'],
    async ({ daemon, own, otherProgram }) => {
      await otherProgram.stop();
      await own.ended();
      await daemon.scanned();
      await own.destroy();
    },
  ],
  [
    'the peer no longer answers data',
    ['timeout', 'unknown'],
    async ({ lab, own }) => {
      setCable(lab, true);
      await own.send(SENT);
      await own.closed();
    },
  ],
  [
    'the peer no longer answers the FIN',
    ['timeout', 'local'],
    async ({ lab, own }) => {
      setCable(lab, true);
      await own.destroy();
    },
  ],
];

/** Returns failed connects and resets in the daemon's metrics, by reason and side. */
async function counts(daemon: DaemonProcess): Promise<Readonly<Record<string, number>>> {
  const samples = /^tcpinfo_network_(?:connects_failed|connections_reset)_total\{.*(?:reason|by)="(\w+)".*\} (\d+)$/gm;
  const found = [...(await daemon.scrape()).matchAll(samples)].map(([, label = '', value]) => [label, Number(value)]);
  return Object.fromEntries(found.filter(([, value]) => value !== 0));
}

describe.skipIf(!haveLab('endings'))('the end of a connection', () => {
  it.for(['this end', 'the peer'] as const)(
    'is known when %s opened it',
    { timeout: 300_000 * SLOWNESS },
    async (opener, { lab }) => {
      for (const namespace of [lab.near, lab.far]) {
        namespace.set('net/ipv4/tcp_retries2', 3);
        namespace.set('net/ipv4/tcp_orphan_retries', 3);
      }
      const daemon = await lab.startDaemon();
      const ports = new Map<string, string>();
      for (const [what, , finish] of CASES) {
        const setting = { lab, daemon, ownProgram: new Peer(lab.near), otherProgram: new Peer(lab.far) };
        try {
          const ends = await open(setting, opener);
          ports.set(what, `${ends.own.localPort} ${ends.own.remotePort}`);
          await finish({ ...setting, ...ends });
          await until(`the end: ${what}`, async () => (await daemon.metric('tcpinfo_connections')) === 0, 60_000);
        } finally {
          await Promise.all([setting.ownProgram.stop(), setting.otherProgram.stop()]);
          setCable(lab, false);
        }
      }
      await daemon.stop();
      const rows = new Map(connectionRows(daemon.output).map((row) => [`${row.localPort} ${row.remotePort}`, row]));
      const found = CASES.map(([what]) => {
        const row = rows.get(ports.get(what) ?? '');
        return [what, row?.howEnded, row?.closedFirst];
      });
      expect(found).toEqual(CASES.map(([what, expected]) => [what, ...expected]));
    },
  );

  it('is known for connections that never opened', async ({ lab }) => {
    lab.near.set('net/ipv4/tcp_syn_retries', 1);
    const daemon = await lab.startDaemon();
    const refused = lab.nearPeer.connect({ host: lab.far.ipv4, port: 5999 });
    await expect(refused).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const unanswered = await lab.nearPeer.attempt({ host: lab.silentIpv4, port: 5001 });
    expect(await unanswered.closed()).toBe('ETIMEDOUT');
    await until('both ends', async () => (await daemon.metric('tcpinfo_connections')) === 0);
    await daemon.scanned();
    expect(await counts(daemon)).toEqual({ refused: 1, unanswered: 1 });
    await daemon.stop();
    const found = connectionRows(daemon.output).map((row) => [row.remotePort, row.howEnded, row.closedFirst]);
    expect(found.toSorted()).toEqual([
      [5001, 'unanswered', 'unknown'],
      [5999, 'refused', 'unknown'],
    ]);
  });
});

describe.skipIf(!haveLoad('endings of short connections'))('1,000 connections of a millisecond', () => {
  it.for(['client', 'server'] as const)(
    'have a known ending, seen from the %s',
    { timeout: 300_000 * SLOWNESS },
    async (end, { lab }) => {
      widen(lab);
      const [clientSide, serverSide] = end === 'client' ? [lab.near, lab.far] : [lab.far, lab.near];
      const daemon = await lab.startDaemon();
      const server = { address: serverSide.ipv4, port: LOAD_PORT, ports: 1, reply: 1 };
      await using listening = Load.start(serverSide, 'churn-server', server);
      await listening.ready();
      const client = { to: serverSide.ipv4, port: LOAD_PORT, ports: 1, count: COUNT };
      await using churn = Load.start(clientSide, 'churn', client);
      expect(await churn.totals()).toMatchObject({ connections: COUNT, failed: 0 });
      expect(await listening.stop()).toMatchObject({ connections: COUNT, failed: 0 });
      await until('all ends', async () => (await daemon.metric('tcpinfo_connections')) === 0);
      await daemon.scanned();
      await daemon.stop();
      const rows = connectionRows(daemon.output);
      expect(rows).toHaveLength(COUNT);
      // None of them was reset.
      expect(rows.filter(({ howEnded }) => howEnded === 'closed').length).toBeGreaterThanOrEqual(0.99 * COUNT);
      expect(rows.filter(({ howEnded }) => howEnded.startsWith('reset'))).toEqual([]);
    },
  );
});
