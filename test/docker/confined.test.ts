import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, test } from 'vitest';
import { readOutput } from '../support/archives.js';
import { EventReader } from '../support/events.js';
import { until } from '../support/waiting.js';
import { Cable } from './cable.js';
import { Container, IMAGE, runToEnd, startupMs } from './container.js';
import { memoryPeakBytes } from './memory.js';

const NOBODY = 65534;
const LIMIT_MB = 128;
const PORT = 9991;
/** Flags of a container without any privileges. */
const CONFINED = [
  ...['--network=host', `--user=${NOBODY}:${NOBODY}`, '--cap-drop=ALL', '--read-only'],
  ...['--security-opt=no-new-privileges', `--memory=${LIMIT_MB}m`],
];
const LOAD_CONNECTIONS = 200;
const LOAD_EVERY_MS = 20;
const LOAD_MS = 8000;

/** Folders as an operator creates them, owned by user 65534. */
interface Folders {
  readonly data: string;
  readonly run: string;
  /** Flags of docker run that mount them. */
  readonly mounts: readonly string[];
}

const it = test.extend<{ readonly folders: Folders; readonly cable: Cable }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  folders: async ({}, use) => {
    const root = mkdtempSync(join(tmpdir(), 'tcp-info-confined-'));
    chmodSync(root, 0o755);
    const [data, run] = [join(root, 'data'), join(root, 'run')];
    for (const folder of [data, run]) {
      mkdirSync(folder);
      chownSync(folder, NOBODY, NOBODY);
    }
    writeFileSync(join(root, 'prefix'), 'confined_1700000000');
    const mounts = [`${data}:/home`, `${run}:/run/tcp-info`, `${join(root, 'prefix')}:/etc/uuid-prefix:ro`];
    try {
      await use({ data, run, mounts: mounts.flatMap((mount) => ['--volume', mount]) });
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  cable: async ({}, use) => {
    await using cable = new Cable();
    await use(cable);
  },
});

const FLAGS = [
  `-prometheusx.listen-address=127.0.0.1:${PORT}`,
  '-tcpinfo.eventsocket=/run/tcp-info/events.sock',
  '-uuid-prefix-file=/etc/uuid-prefix',
];

describe.skipIf(inject('skipReason') !== '')('a container without any privilege', () => {
  it('records under load within its memory, logs no warning, and ends in order', async ({ folders, cable }) => {
    using container = Container.start(...CONFINED, ...folders.mounts, IMAGE, ...FLAGS);
    await container.logged(/msg="first scan"/);
    process.stdout.write(`confined, from the container's start to its first scan: ${startupMs(container)} ms\n`);
    const port = await cable.far.listen(cable.farAddress);
    const steady = await cable.host.connectMany(LOAD_CONNECTIONS, { host: cable.farAddress, port });
    await cable.host.stream(steady, 1000, LOAD_EVERY_MS);
    const end = performance.now() + LOAD_MS;
    let short = 0;
    while (performance.now() < end) {
      const brief = await cable.host.connectMany(20, { host: cable.farAddress, port });
      await Promise.all(brief.map((each) => each.destroy()));
      short += brief.length;
      await sleep(100);
    }
    await cable.host.halt(steady);
    await container.healthy();
    const peak = memoryPeakBytes(container.pid);
    expect(container.stop()).toBe(0);
    expect(container.inspect('.State.OOMKilled')).toBe('false');

    const { log } = container;
    expect(log.split('\n').filter((line) => /level=(warn|error)/.test(line))).toEqual([]);
    expect(log.match(/cap_net_admin="no: /g)).toHaveLength(1);
    expect(log).toMatch(/msg=stopped records=\d+ lost=0 /);
    const recorded = readOutput(folders.data);
    expect(recorded.length).toBeGreaterThanOrEqual(LOAD_CONNECTIONS + short);
    const records = recorded.reduce((sum, { rows }) => sum + rows.length, 0);
    process.stdout.write(
      `confined to ${LIMIT_MB} MB: ${records} records of ${recorded.length} connections, ` +
        `most memory ${peak === undefined ? 'unknown' : (peak / 2 ** 20).toFixed(0)} MiB\n`,
    );
    if (peak !== undefined) expect(peak).toBeLessThan(LIMIT_MB * 2 ** 20);
  });

  it('has its event socket before its first scan, and sends events to its clients', async ({ folders, cable }) => {
    using container = Container.start(...CONFINED, ...folders.mounts, IMAGE, ...FLAGS);
    await container.logged(/msg="first scan"/);
    const scannedMs = Date.parse(/^ts=(\S+) .*msg="first scan"/m.exec(container.log)?.[1] ?? '');
    const socket = join(folders.run, 'events.sock');
    expect(Math.floor(statSync(socket).birthtimeMs)).toBeLessThanOrEqual(scannedMs);
    const events = await EventReader.connect(socket);
    try {
      const port = await cable.far.listen(cable.farAddress);
      const connection = await cable.host.connect({ host: cable.farAddress, port });
      const { UUID } = await events.opened(connection.localPort, port);
      expect(UUID).toMatch(/^confined_1700000000_[0-9A-F]{16}$/);
      await connection.destroy();
      await events.closed(UUID);
    } finally {
      events.stop();
    }
    expect(container.stop()).toBe(0);
    expect(existsSync(socket)).toBe(false);
  });

  it('archives marks with NET_ADMIN, and logs that it can', async ({ folders }) => {
    const flags = ['--network=host', '--cap-add=NET_ADMIN', '--read-only', ...folders.mounts];
    using container = Container.start(...flags, IMAGE, '-prom=0');
    await container.logged(/msg="first scan"/);
    expect(container.log).toMatch(
      /msg=machine .*cap_net_admin=yes destroy_events="queue for 50000 \(SO_RCVBUFFORCE\)"/,
    );
  });

  it('leaves readable archives when it is killed', async ({ folders, cable }) => {
    using container = Container.start(...CONFINED, ...folders.mounts, IMAGE, ...FLAGS, '-archive.flush-age=200ms');
    await container.logged(/msg="first scan"/);
    const port = await cable.far.listen(cable.farAddress);
    const connections = await cable.host.connectMany(20, { host: cable.farAddress, port });
    await cable.host.stream(connections, 500, LOAD_EVERY_MS);
    // On average some frames per file; each file begins with the first record of its connection.
    await until('frames on the disk', async () => {
      const page = await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text();
      const frames = Number(/^tcpinfo_archive_frames_total\{reason="age"\} (\d+)$/m.exec(page)?.[1]);
      return frames >= 5 * connections.length && readdirSync(folders.data, { recursive: true }).length >= 3 + 20;
    });
    process.kill(container.pid, 'SIGKILL');
    await cable.host.halt(connections);
    await until('the end', () => container.inspect('.State.Running') === 'false');
    expect(container.inspect('.State.ExitCode')).toBe('137');
    const repair = runToEnd(
      '--network=none',
      '--volume',
      `${folders.data}:/home`,
      IMAGE,
      'repair',
      '--min-age=0s',
      '/home',
    );
    expect(repair).toMatchObject({ code: 0 });
    const recorded = readOutput(folders.data);
    expect(recorded).toHaveLength(20);
    expect(recorded.reduce((sum, { rows }) => sum + rows.length, 0)).toBeGreaterThan(100);
  });
});
