import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMetricsServer } from '../../daemon/metrics-server.js';
import { withDeadline } from '../../doctor/probes/deadline.js';
import { measureDisk, measureSpace } from '../../doctor/probes/disk.js';
import { isListened, listenFailure } from '../../doctor/probes/listening.js';
import { nearestFolder, probeOutput } from '../../doctor/probes/output.js';
import { quantile } from '../../doctor/probes/quantile.js';
import { Traces } from '../../doctor/probes/traces.js';
import { bytes, count, percent, plural, time } from '../../doctor/words.js';
import { findClockKeeper } from '../../host/clock-keeper.js';
import { cpuQuota } from '../../host/cpu-quota.js';
import { fileSystemOf } from '../../host/mounts.js';
import { EventSocketError, inspectSocketPath } from '../../live/eventsocket/index.js';
import { testMetrics } from '../support/metric.js';
import { tempFolder } from '../support/temp.js';

describe('the CPU quota', () => {
  const quotaOf = (files: Readonly<Record<string, string>>) => cpuQuota((path) => files[path]);

  it('is the smallest of the cgroup and its ancestors in version 2', () => {
    const files = {
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/a/cpu.max': '50000 100000\n',
      '/sys/fs/cgroup/cpu.max': '200000 100000\n',
    };
    expect(quotaOf(files)).toBe(0.5);
    expect(quotaOf({ ...files, '/sys/fs/cgroup/a/cpu.max': 'max 100000\n' })).toBe(2);
  });

  it('is read from two files in version 1, and -1 means no quota', () => {
    const files = {
      '/proc/self/cgroup': '4:cpu,cpuacct:/docker/1\n',
      '/sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us': '150000\n',
      '/sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    };
    expect(quotaOf(files)).toBe(1.5);
  });

  it('is undefined when no file has one', () => {
    for (const files of [{}, { '/proc/self/cgroup': '0::/\n' }]) expect(quotaOf(files)).toBeUndefined();
  });
});

describe('the file system of a path', () => {
  const MOUNTINFO = [
    '22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/a - b',
    '23 22 8:1 / /data rw shared:1 - ext4 /dev/sda1 rw',
    '24 22 0:9 / /data rw - tmpfs tmpfs rw',
    '25 24 0:10 / /data/with\\040space rw master:3 - nfs4 server:/x rw',
    '',
  ].join('\n');

  it('is that of the longest mount point, and of the last of equal ones', () => {
    expect(fileSystemOf('/var', MOUNTINFO)).toEqual({ type: 'overlay', mountPoint: '/' });
    expect(fileSystemOf('/database', MOUNTINFO).type).toBe('overlay');
    expect(fileSystemOf('/data', MOUNTINFO)).toEqual({ type: 'tmpfs', mountPoint: '/data' });
    expect(fileSystemOf('/data/with space/x', MOUNTINFO).type).toBe('nfs4');
  });

  it('is undefined for malformed mount lines', () => {
    for (const text of ['', 'x', ' - ', '1 2 3 4 - ext4']) expect(fileSystemOf('/', text)).toEqual({});
  });
});

describe('the clock synchronisation service', () => {
  const seen = (files: Readonly<Record<string, string>>, ...pids: string[]) =>
    findClockKeeper(
      (path) => files[path],
      () => pids,
    );

  it('is found among the processes', () => {
    const files = { '/proc/1/comm': 'systemd\n', '/proc/2/comm': 'kthreadd\n', '/proc/9/comm': 'chronyd\n' };
    expect(seen(files, '1', '2', '9')).toEqual({ synchronized: false, keepers: ['chronyd'], seesMachine: true });
    expect(seen(files, '1', '2')).toEqual({ synchronized: false, keepers: [], seesMachine: true });
  });

  it('is unknown in a container, and where processes of other users are hidden', () => {
    expect(seen({ '/proc/1/comm': 'node\n' }, '1').seesMachine).toBe(false);
    expect(seen({ '/proc/1/comm': 'systemd\n' }, '1').seesMachine).toBe(false);
  });

  it('is reported by systemd-timesyncd', () => {
    expect(seen({ '/run/systemd/timesync/synchronized': '' }).synchronized).toBe(true);
  });
});

describe('the disk probe', () => {
  it('measures the disk and leaves no file', async () => {
    const folder = join(tempFolder(), 'output');
    mkdirSync(folder);
    const speed = await measureDisk(folder, false);
    expect(speed.creations).toBeGreaterThan(0);
    expect(speed.createP99Ns).toBeGreaterThanOrEqual(speed.createMedianNs);
    expect(speed.createMedianNs).toBeGreaterThan(0);
    expect(speed.bytesPerSecond ?? speed.notWritten).toBeDefined();
    expect(await measureSpace(folder)).toMatchObject({
      totalBytes: expect.any(Number),
      freeInodes: expect.any(Number),
    });
    expect(await probeOutput(folder, new Traces())).toMatchObject({ path: folder, exists: true });
    expect(readdirSync(folder)).toEqual([]);
    expect(readdirSync(join(folder, '..'))).toEqual(['output']);
  });

  it('measures where the folder would be created', async () => {
    const folder = tempFolder();
    const output = join(folder, 'a', 'b');
    expect(await nearestFolder(output)).toBe(folder);
    const found = await probeOutput(output, new Traces());
    expect(found).toMatchObject({ path: output, exists: false });
    expect(found).not.toHaveProperty('error');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('fails for a path that is no folder', async () => {
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    expect(await probeOutput(file, new Traces())).toMatchObject({ code: 'ENOTDIR' });
    expect(await probeOutput(join(file, 'below'), new Traces())).toMatchObject({ code: 'ENOTDIR' });
  });
});

describe('probe files', () => {
  it('are removed, also when one is missing', () => {
    const folder = tempFolder();
    const traces = new Traces();
    for (const name of ['a', 'b', 'c']) traces.add(join(folder, name));
    traces.removed(join(folder, 'b'));
    writeFileSync(join(folder, 'a'), '');
    writeFileSync(join(folder, 'b'), '');
    traces.removeAll();
    expect(readdirSync(folder)).toEqual(['b']);
  });
});

describe('the path of an event socket', () => {
  it('is inspected without leaving a file', async () => {
    const folder = tempFolder();
    expect(await inspectSocketPath(join(folder, 'x.sock'))).toBe('free');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is rejected and left untouched when it is served', async () => {
    const folder = tempFolder();
    const path = join(folder, 'x.sock');
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen({ path }, resolve));
    await expect(inspectSocketPath(path)).rejects.toMatchObject({ code: 'ERR_IN_USE' });
    expect(readdirSync(folder)).toEqual(['x.sock']);
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ['x'.repeat(200), 'ERR_PATH'],
    ['nowhere/x.sock', 'ENOENT'],
    ['file', 'ERR_NOT_SOCKET'],
  ])('is rejected: %s: %s', async (name, code) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    const outcome = inspectSocketPath(join(folder, name));
    await expect(outcome).rejects.toBeInstanceOf(EventSocketError);
    await expect(outcome).rejects.toMatchObject({ code });
  });
});

describe('formatted values', () => {
  it('have about two significant digits and a unit', () => {
    expect([bytes(0), bytes(1023), bytes(1536), bytes(72.7 * 2 ** 30)]).toEqual([
      '0 bytes',
      '1,023 bytes',
      '1.5 KiB',
      '72.7 GiB',
    ]);
    expect([time(48), time(1500), time(31_000), time(940_000), time(1e7), time(1.2e9)]).toEqual([
      '48 ns',
      '1.5 us',
      '31 us',
      '0.94 ms',
      '10 ms',
      '1.2 s',
    ]);
    expect([percent(0.094), percent(0.5), percent(1), percent(0.0012)]).toEqual(['9.4 %', '50 %', '100 %', '0.12 %']);
    expect([count(262_144), plural(1, 'socket'), plural(2, 'socket')]).toEqual(['262,144', '1 socket', '2 sockets']);
  });

  it('use the nearest rank for quantiles', () => {
    const values = [5, 1, 4, 2, 3];
    expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 3, 5, 5]);
    expect(quantile([], 0.5)).toBe(0);
  });
});

describe('a deadline', () => {
  it('rejects a promise that takes too long', async () => {
    await expect(withDeadline('the disk', 5, new Promise(() => undefined))).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the disk: no answer within 0.005 s',
    });
    await expect(withDeadline('x', 60_000, Promise.resolve(7))).resolves.toBe(7);
  });
});

describe('the metrics address', () => {
  const health = () => ({ ok: true }) as const;

  it('is reported as free, used by another program, or by a collector', async () => {
    const server = createMetricsServer({ metrics: testMetrics(), health, ready: health });
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    const address = { host: '127.0.0.1', port };
    expect(await listenFailure(address)).toBe('EADDRINUSE');
    expect(await isListened(address)).toBe(true);
    await server.close();
    expect(await listenFailure(address)).toBeUndefined();
    expect(await isListened(address)).toBe(false);
    const other = createServer((socket) => socket.end('hello\n'));
    await new Promise<void>((resolve) => other.listen(address, resolve));
    expect(await listenFailure(address)).toBe('EADDRINUSE');
    expect(await isListened(address)).toBe(false);
    other.close();
  });
});
