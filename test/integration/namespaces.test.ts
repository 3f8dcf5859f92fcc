import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { formatAddress } from '../../netlink/index.js';
import { TcpState } from '../../tcp/index.js';
import { byPorts, readArchiveText, readOutput, sentBytes } from '../support/archives.js';
import type { DaemonProcess } from '../support/daemon.js';
import { type Ends, haveLab, it, type Lab, UUID_PREFIX } from '../support/lab.js';
import { NamespaceFolder } from '../support/namespace-folder.js';
import { createNamespacePair, type Namespace, type NamespacePair } from '../support/namespaces.js';
import { Peer } from '../support/peer.js';
import { havePrograms } from '../support/programs.js';
import { until } from '../support/waiting.js';

const SENT = 10_000;
/** An interval longer than any test. */
const ONE_SCAN = '--scan.interval=1h';

const pathOf = ({ name }: Namespace): string => `/run/netns/${name}`;
const netnsOf = (namespace: Namespace, name = namespace.name) => ({
  Inode: statSync(pathOf(namespace)).ino,
  Name: name,
});

/** Two more namespaces on their own cable, with the same addresses as the lab's, and a peer in each. */
class Elsewhere {
  readonly pair: NamespacePair = createNamespacePair();
  readonly near = new Peer(this.pair.near);
  readonly far = new Peer(this.pair.far);
  #removed = false;

  constructor() {
    onTestFinished(() => this.remove());
  }

  /** Connects from far to near, to a port that near listens on, by default a new one. */
  async connect(listening?: number): Promise<Ends & { readonly port: number }> {
    const port = listening ?? (await this.near.listen('0.0.0.0'));
    const far = await this.far.connect({ host: this.pair.near.ipv4, port });
    return { far, near: await this.near.accepted(port, far.localPort), port };
  }

  async remove(): Promise<void> {
    if (this.#removed) return;
    this.#removed = true;
    await Promise.all([this.near.stop(), this.far.stop()]);
    this.pair.remove();
  }
}

async function exchange({ near, far }: Ends): Promise<void> {
  await near.send(SENT);
  await far.received(SENT);
}

async function close({ near, far }: Ends): Promise<void> {
  await near.end();
  await far.ended();
  await far.destroy();
  await near.ended();
  await near.destroy();
}

/** Returns the namespaces that a process has open files of, by inode number. */
function openNamespaces({ pid }: DaemonProcess): number[] {
  const folder = `/proc/${pid}/fd`;
  const { dev } = statSync('/proc/self/ns/net');
  return readdirSync(folder).flatMap((fd) => {
    // It may be closed by now.
    const file = statSync(`${folder}/${fd}`, { throwIfNoEntry: false });
    return file?.dev === dev ? [file.ino] : [];
  });
}

async function refused(lab: Lab, args: string[], wrapper: readonly string[] = []): Promise<DaemonProcess> {
  const daemon = await lab.startDaemon({ args, wrapper, ready: false });
  await daemon.exited();
  expect(existsSync(daemon.output)).toBe(false);
  return daemon;
}

describe.skipIf(!haveLab('network namespaces'))('--netns', () => {
  it('records namespaces by name, path and process, beside its own', async ({ lab }) => {
    const elsewhere = new Elsewhere();
    const { near, far } = elsewhere.pair;
    const ends = await elsewhere.connect();
    const args = [`--netns=${near.name},${pathOf(far)}`, '-netns', String(lab.farPeer.pid)];
    const daemon = await lab.startDaemon({ args });
    const events = await lab.readEvents();
    expect(await daemon.metric('tcpinfo_namespaces')).toBe(4);
    const port = await lab.nearPeer.listen('0.0.0.0');
    const own = await lab.connectIn(port);
    const late = await elsewhere.connect();
    for (const each of [ends, own, late]) await exchange(each);
    const places = [
      { ports: [ends.port, ends.far.localPort], netns: netnsOf(near) },
      { ports: [late.port, late.far.localPort], netns: netnsOf(near) },
      { ports: [ends.far.localPort, ends.port], netns: netnsOf(far, pathOf(far)) },
      { ports: [late.far.localPort, late.port], netns: netnsOf(far, pathOf(far)) },
      { ports: [own.far.localPort, port], netns: netnsOf(lab.far, `pid:${lab.farPeer.pid}`) },
      { ports: [port, own.far.localPort], netns: undefined },
    ] as const;
    const opened = await Promise.all(
      places.slice(1).map(({ ports: [sport, dport] }) => {
        // The first connection was open before any client listened to events.
        return sport === ends.far.localPort ? undefined : events.opened(sport, dport);
      }),
    );
    for (const [index, event] of opened.entries()) {
      if (event !== undefined) expect(event.Netns).toEqual(places[index + 1]?.netns);
    }
    for (const each of [ends, own, late]) await close(each);
    await until('the close events', () => events.of('close').length === places.length);
    await daemon.stop();

    const all = readOutput(daemon.output);
    expect(all).toHaveLength(places.length);
    for (const {
      ports: [sport, dport],
      netns,
    } of places) {
      const { uuid, files, last } = byPorts(all, sport, dport);
      expect(files.map(({ metadata }) => metadata.Netns)).toEqual([netns]);
      // Cookies are unique per machine: a program in the namespace knows its UUID by its socket's cookie.
      expect(uuid).toBe(`${UUID_PREFIX}_${last.idm.id.cookie.toString(16).toUpperCase().padStart(16, '0')}`);
      expect(last.idm.state).toBe(TcpState.CLOSE);
      expect(events.of('close', uuid)).toMatchObject([netns === undefined ? {} : { Netns: netns }]);
    }
    const { files, uuid } = byPorts(all, port, own.far.localPort);
    const [line = ''] = readArchiveText(files[0]?.path ?? '').split('\n');
    expect(line).toBe(
      `{"Timestamp":"0001-01-01T00:00:00Z","Metadata":{"UUID":"${uuid}","Sequence":0,"StartTime":"${files[0]?.metadata.StartTime}"}}`,
    );
    const ownLines = events.lines.filter((text) => text.includes(uuid));
    expect(ownLines).toHaveLength(2);
    expect(ownLines.join()).not.toContain('Netns');
  });

  it.skipIf(!havePrograms('--netns=all', 'mount', 'umount', 'unshare'))(
    'all: records existing and new namespaces, and releases removed ones',
    async ({ lab }) => {
      const names = new NamespaceFolder(join(lab.folder, 'netns'));
      try {
        const before = new Elsewhere();
        names.add(before.pair.near);
        const kept = await before.connect();
        const daemon = await lab.startDaemon({ args: ['--netns=all'], wrapper: names.wrapper(lab.far) });
        const events = await lab.readEvents();
        await daemon.logged(new RegExp(`msg="recording network namespace" netns=${before.pair.near.name} `));
        // It has no name, but a process.
        await daemon.logged(/msg="recording network namespace" netns=pid:\d+ /);
        // The third is the daemon's own.
        expect(await daemon.metric('tcpinfo_namespaces')).toBe(3);

        const added = new Elsewhere();
        names.add(added.pair.near);
        await daemon.logged(new RegExp(`msg="recording network namespace" netns=${added.pair.near.name} `));
        const ends = await added.connect();
        const { UUID, Netns } = await events.opened(ends.port, ends.far.localPort);
        const netns = netnsOf(added.pair.near);
        expect(Netns).toEqual(netns);
        expect(openNamespaces(daemon)).toContain(netns.Inode);

        names.delete(added.pair.near);
        await daemon.logged(new RegExp(`msg="network namespace is gone" netns=${added.pair.near.name} `));
        // The connection still exists, but its recording has ended.
        await events.closed(UUID);
        expect(openNamespaces(daemon)).not.toContain(netns.Inode);
        expect(await daemon.metric('tcpinfo_namespaces')).toBe(3);
        expect(await daemon.metric('tcpinfo_connections')).toBe(1);

        await exchange(kept);
        await daemon.scanned();
        await daemon.stop();
        const all = readOutput(daemon.output);
        expect(all).toHaveLength(2);
        expect(byPorts(all, ends.port, ends.far.localPort).files[0]?.metadata.Netns).toEqual(netns);
        const { files, last } = byPorts(all, kept.port, kept.far.localPort);
        expect(files[0]?.metadata.Netns).toEqual(netnsOf(before.pair.near));
        expect(sentBytes(last)).toBe(SENT);
      } finally {
        await lab.abandonDaemons();
        names.remove();
      }
    },
  );

  it('records the end of connections in other namespaces that no scan sees', async ({ lab }) => {
    const elsewhere = new Elsewhere();
    const { near } = elsewhere.pair;
    const daemon = await lab.startDaemon({ args: [ONE_SCAN, `--netns=${near.name}`] });
    const events = await lab.readEvents();
    await until(
      'the first scan there',
      async () => (await daemon.metric('tcpinfo_scans_total{result="complete"}')) === 2,
    );
    const ends = await elsewhere.connect();
    await exchange(ends);
    await close(ends);
    const { UUID, Netns } = await events.opened(ends.port, ends.far.localPort);
    await events.closed(UUID);
    expect(Netns).toEqual(netnsOf(near));
    await daemon.stop();
    const { rows, last, files } = byPorts(readOutput(daemon.output), ends.port, ends.far.localPort);
    expect(files[0]?.metadata.Netns).toEqual(netnsOf(near));
    expect(rows).toHaveLength(1);
    expect(last.idm.state).toBe(TcpState.CLOSE);
    expect(sentBytes(last)).toBe(SENT);
  });

  it.for([true, false])('applies the exclusions in other namespaces, in the kernel: %s', async (inKernel, { lab }) => {
    const elsewhere = new Elsewhere();
    const unwanted = await elsewhere.near.listen('0.0.0.0');
    const living = await elsewhere.connect(unwanted);
    const args = [ONE_SCAN, `--netns=${elsewhere.pair.near.name}`, `-filter=exclude sport ${unwanted}`];
    const daemon = await lab.startDaemon({ args: [...args, `-filter.kernel=${inKernel}`] });
    const events = await lab.readEvents();
    await until(
      'the first scan there',
      async () => (await daemon.metric('tcpinfo_scans_total{result="complete"}')) === 2,
    );
    // One seen by a scan, one not seen by a scan, and one that is wanted.
    const all = [living, await elsewhere.connect(unwanted), await elsewhere.connect()] as const;
    for (const each of all) {
      await exchange(each);
      await close(each);
    }
    const { UUID } = await events.opened(all[2].port, all[2].far.localPort);
    await events.closed(UUID);
    // The connection that fetches the metrics is excluded, too.
    const excluded = await daemon.metric('tcpinfo_destroy_events_total{outcome="excluded"}');
    if (inKernel) expect(excluded).toBe(0);
    else expect(excluded).toBeGreaterThanOrEqual(2);
    await daemon.stop();
    expect(readOutput(daemon.output).map(({ uuid }) => uuid)).toEqual([UUID]);
  });

  it("keeps a namespace's own addresses when it anonymises, and none of the collector's", async ({ lab }) => {
    const elsewhere = new Elsewhere();
    const { near, far } = elsewhere.pair;
    // Elsewhere, far has the address of lab.far, and near that of the collector.
    expect(near.ipv4).toBe(lab.near.ipv4);
    // Sockets dropped by the kernel filter are not counted, and this waits for the count.
    const args = [`--netns=${far.name}`, '-anonymize.ip=netblock', '-filter.kernel=false'];
    const daemon = await lab.startDaemon({ args });
    const events = await lab.readEvents();
    const ends = await elsewhere.connect();
    const { UUID } = await events.opened(ends.far.localPort, ends.port);
    const loopback = await elsewhere.far.listen('127.0.0.1');
    await elsewhere.far.connect({ host: '127.0.0.1', port: loopback });
    await until('loopback to be left out', async () => (await daemon.metric('tcpinfo_connections_excluded')) >= 2);
    await daemon.stop();
    const all = readOutput(daemon.output);
    expect(all.map(({ uuid }) => uuid)).toEqual([UUID]);
    const { first } = byPorts(all, ends.far.localPort, ends.port);
    expect(formatAddress(first.idm.id.src, first.idm.family)).toBe(far.ipv4);
    expect(formatAddress(first.idm.id.dst, first.idm.family)).toBe('10.77.0.0');
  });

  it('prevents the start when it names a missing namespace', async ({ lab }) => {
    const none = await refused(lab, ['--netns=tcpi-none']);
    expect(none.log).toContain('network namespace tcpi-none: not found (looked at /run/netns/tcpi-none and ');
    expect(await none.exited()).toEqual({ code: 1, signal: null });
    const file = await refused(lab, ['--netns=/etc/hostname']);
    expect(file.log).toContain('/etc/hostname is not a network namespace');
    const pid = await refused(lab, ['--netns=2147483647']);
    expect(pid.log).toContain('network namespace 2147483647: not found');
    const bad = await refused(lab, ['--netns=..']);
    expect(bad.log).toContain("-netns=..: '..' is not accepted: expected a name of 'ip netns'");
    expect(await bad.exited()).toEqual({ code: 2, signal: null });
  });

  it.skipIf(!havePrograms('--netns without CAP_SYS_ADMIN', 'setpriv'))(
    'explains what is missing when the daemon may not enter namespaces',
    async ({ lab }) => {
      const without = ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];
      for (const target of ['all', lab.far.name]) {
        const daemon = await refused(lab, [`--netns=${target}`], without);
        expect(daemon.log).toContain(
          `network namespace ${target}: cannot be entered without CAP_SYS_ADMIN; run the program`,
        );
        expect(await daemon.exited()).toEqual({ code: 1, signal: null });
      }
    },
  );
});
