import { describe, expect, it } from 'vitest';
import { clock, clockSource } from '../../doctor/checks/clock.js';
import { diskSpace, diskSpeed, output } from '../../doctor/checks/disk.js';
import { eventSocket } from '../../doctor/checks/event-socket.js';
import { cpu, memory, openFiles } from '../../doctor/checks/limits.js';
import { metricsAddress } from '../../doctor/checks/metrics-address.js';
import { uuidPrefix } from '../../doctor/checks/uuid-prefix.js';

const [MIB, GIB] = [2 ** 20, 2 ** 30];
const has = (...parts: string[]) => expect.stringMatching(new RegExp(parts.map((part) => `(?=.*${part})`).join('')));

describe('cpu', () => {
  it('warns about a quota below twice the cost of scans', () => {
    expect(cpu.judge({ processors: 4, scanShare: 0.3 })).toEqual({ level: 'ok', found: has('4 processors, no quota') });
    expect(cpu.judge({ processors: 4, quota: 0.6, scanShare: 0.3 }).level).toBe('ok');
    expect(cpu.judge({ processors: 4, quota: 0.5, scanShare: 0.3 })).toMatchObject({
      level: 'warn',
      found: has('a quota of 0.50', '30 % of one'),
    });
    expect(cpu.judge({ processors: 4, quota: 0.5, scanShare: 0.3 })).toMatchObject({ advice: has('quota to 0.6') });
    expect(cpu.judge({ processors: 1, scanShare: 0.6 })).toMatchObject({
      level: 'warn',
      advice: has('more processors'),
    });
    expect(cpu.judge({ processors: 2, scanShare: 1.5 }).level).toBe('ok');
  });
});

describe('memory', () => {
  it('warns about a limit too small for the buffered records', () => {
    expect(memory.judge({ maxBufferedBytes: 256 * MIB })).toEqual({ level: 'ok', found: has('no limit', '256 MiB') });
    expect(memory.judge({ limitBytes: 128 * MIB, maxBufferedBytes: 32 * MIB }).level).toBe('ok');
    expect(memory.judge({ limitBytes: 64 * MIB, maxBufferedBytes: 16 * MIB })).toMatchObject({
      level: 'warn',
      advice: has('192 MiB', '--memory'),
    });
  });
});

describe('open-files', () => {
  it('warns about few archives, and about more connections than archives', () => {
    expect(openFiles.judge({ connections: 5 })).toEqual({ level: 'ok', found: 'no limit' });
    expect(openFiles.judge({ limit: 4096, archives: 3584, connections: 3584 }).level).toBe('ok');
    expect(openFiles.judge({ limit: 4096, archives: 3584, connections: 3585 })).toMatchObject({ level: 'warn' });
    expect(openFiles.judge({ limit: 1024, archives: 512, connections: 1 })).toMatchObject({
      level: 'warn',
      advice: has('LimitNOFILE=65536', '--ulimit nofile=65536', 'ulimit -Hn 65536'),
    });
    const many = openFiles.judge({ limit: 65_536, archives: 65_024, connections: 100_000 });
    expect(many).toMatchObject({ advice: has('LimitNOFILE=262144') });
  });
});

describe('output', () => {
  const facts = { path: '/data', exists: true, folder: '/data', type: 'ext4', mountPoint: '/' };

  it('reports the file system, and whether it is persistent', () => {
    expect(output.judge(facts)).toEqual({ level: 'ok', found: '/data on ext4' });
    expect(output.judge({ ...facts, type: 'tmpfs' }).found).toContain('gone at the next boot');
    expect(output.judge({ ...facts, type: 'overlay' }).found).toContain('gone with the container');
    expect(output.judge({ ...facts, exists: false, folder: '/' }).found).toContain('will be made');
  });

  it.each([
    ['EACCES', 'chown'],
    ['EROFS', 'mount'],
    ['ENOSPC', 'inodes'],
    ['ENOTDIR', 'folder'],
    ['ERR_TIMEOUT', 'answering'],
    ['EWHATEVER', '-output'],
  ])('fails for %s with advice', (code, advice) => {
    expect(output.judge({ ...facts, code, error: 'words' })).toEqual({
      level: 'fail',
      found: '/data: words',
      advice: has(advice),
    });
  });
});

describe('disk-space', () => {
  const judge = (freeBytes: number, totalBytes: number, freeInodes = 100, totalInodes = 100) =>
    diskSpace.judge({ freeBytes, totalBytes, freeInodes, totalInodes });

  it('warns below 1 GiB or 5 % of space or inodes, and fails when nothing is left', () => {
    expect(judge(20 * GIB, 100 * GIB)).toEqual({
      level: 'ok',
      found: has('20 GiB free of 100 GiB', '20 %', '100 inodes'),
    });
    expect(judge(4.9 * GIB, 100 * GIB).level).toBe('warn');
    expect(judge(0.9 * GIB, 2 * GIB).level).toBe('warn');
    expect(judge(20 * GIB, 100 * GIB, 4, 100)).toMatchObject({ level: 'warn', advice: has('-archive.max-size') });
    expect(judge(0, 100 * GIB).level).toBe('fail');
    expect(judge(20 * GIB, 100 * GIB, 0, 100).level).toBe('fail');
  });

  it('accepts a file system without inode counts', () => {
    const verdict = judge(20 * GIB, 100 * GIB, 0, 0);
    expect(verdict.level).toBe('ok');
    expect(verdict.found).not.toContain('inodes');
  });
});

describe('disk-speed', () => {
  const fast = { creations: 64, createMedianNs: 2e4, createP99Ns: 1e5, bytesPerSecond: 1e9 };

  it('warns when creating or writing is slow', () => {
    expect(diskSpeed.judge(fast)).toEqual({ level: 'ok', found: has('created in 20 us', '/s written') });
    expect(diskSpeed.judge({ ...fast, createMedianNs: 6e6 })).toMatchObject({ level: 'warn', advice: has('local') });
    expect(diskSpeed.judge({ ...fast, bytesPerSecond: 9e6 }).level).toBe('warn');
  });

  it('reports why writing was not tested', () => {
    const { bytesPerSecond: _, ...created } = fast;
    expect(diskSpeed.judge({ ...created, notWritten: 'elsewhere' })).toEqual({
      level: 'ok',
      found: has('writing not tried: elsewhere'),
    });
  });
});

describe('clock', () => {
  it('reports the service it sees, and warns only if all processes are visible', () => {
    const none = { synchronized: false, keepers: [], seesMachine: false };
    expect(clock.judge({ ...none, synchronized: true }).found).toContain('timesyncd');
    expect(clock.judge({ ...none, keepers: ['chronyd'], seesMachine: true })).toEqual({
      level: 'ok',
      found: has('chronyd keeps', 'chronyc tracking'),
    });
    expect(clock.judge(none)).toEqual({ level: 'ok', found: has('cannot be seen') });
    expect(clock.judge({ ...none, seesMachine: true })).toMatchObject({
      level: 'warn',
      advice: has('chrony', 'timedatectl'),
    });
  });
});

describe('clock-source', () => {
  it('warns about slow ones, and names a better one if there is one', () => {
    expect(clockSource.judge({ current: 'tsc', available: ['tsc', 'hpet'], readingNs: 40 }).level).toBe('ok');
    expect(clockSource.judge({ available: [], readingNs: 40 }).level).toBe('ok');
    expect(clockSource.judge({ current: 'hpet', available: ['tsc', 'hpet'], readingNs: 40 })).toMatchObject({
      level: 'warn',
      advice: has('echo tsc >'),
    });
    expect(clockSource.judge({ current: 'acpi_pm', available: ['acpi_pm'], readingNs: 3000 })).toMatchObject({
      level: 'warn',
      advice: has('dmesg'),
    });
    expect(clockSource.judge({ current: 'xen', available: ['xen'], readingNs: 1100 }).level).toBe('warn');
  });
});

describe('uuid-prefix', () => {
  it('is ok when given, warns when generated, fails when it is unusable', () => {
    expect(uuidPrefix.judge({ prefix: 'a_1', unsafe: false })).toEqual({ level: 'ok', found: 'a_1' });
    expect(uuidPrefix.judge({ prefix: 'a_1_unsafe', unsafe: true })).toMatchObject({
      level: 'warn',
      advice: has('-uuid-prefix-file'),
    });
    expect(uuidPrefix.judge({ unsafe: false, error: 'the file is empty' })).toMatchObject({
      level: 'fail',
      found: 'the file is empty',
    });
  });
});

describe('event-socket', () => {
  const path = '/run/x.sock';

  it('is ok when the socket can be created or replaced', () => {
    expect(eventSocket.judge({ path, stale: false })).toEqual({ level: 'ok', found: `${path} can be made` });
    expect(eventSocket.judge({ path, stale: true }).found).toContain('will be replaced');
  });

  it('warns when it is served, and fails when it cannot be created', () => {
    expect(eventSocket.judge({ path, stale: false, error: 'x', code: 'ERR_IN_USE' }).level).toBe('warn');
    for (const code of ['ENOENT', 'EACCES', 'EROFS', 'ERR_PATH', 'ERR_NOT_SOCKET']) {
      expect(eventSocket.judge({ path, stale: false, error: 'x', code })).toMatchObject({ level: 'fail', found: 'x' });
    }
  });
});

describe('metrics-address', () => {
  const address = ':9990';

  it('is ok when it is free, or served by a collector', () => {
    expect(metricsAddress.judge({ address, isOurs: false }).level).toBe('ok');
    expect(metricsAddress.judge({ address, isOurs: true, code: 'EADDRINUSE' })).toEqual({
      level: 'ok',
      found: has('a running tcp-info'),
    });
  });

  it.each(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EWHATEVER'])('fails for %s', (code) => {
    expect(metricsAddress.judge({ address, isOurs: false, code })).toMatchObject({ level: 'fail', found: has(code) });
  });
});
