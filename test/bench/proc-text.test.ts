import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  descendants,
  findCgroup2,
  parseCpuStat,
  parseMachineTimes,
  parseOpenFilesLimit,
  parseRollup,
  parseStat,
} from '../../bench/proc-text.mjs';

describe('parseStat', () => {
  const stat = (name: string): string =>
    `42 (${name}) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 300 25 20 0 1 0 99 1000 200 18446744073709551615 1 1`;

  it('returns the parent, and CPU time of the process and its ended children', () => {
    expect(parseStat(stat('node'))).toEqual({ parent: 7, seconds: 2, endedSeconds: 3.25 });
  });

  it('parses a name with parentheses and spaces', () => {
    expect(parseStat(stat('a) R 1 (b'))).toEqual(parseStat(stat('node')));
  });

  it('reads this process', () => {
    const { parent, seconds } = parseStat(readFileSync('/proc/self/stat', 'utf8'));
    expect(parent).toBe(process.ppid);
    expect(seconds).toBeGreaterThanOrEqual(0);
  });
});

describe('parseRollup', () => {
  it('returns memory in MiB', () => {
    expect(parseRollup('00400000-7ffc [rollup]\nRss:  2048 kB\nPss:   1536 kB\nPss_Anon: 9 kB\n')).toEqual({
      rss: 2,
      pss: 1.5,
    });
  });

  it('returns undefined for a process that has ended', () => {
    expect(parseRollup('')).toBeUndefined();
  });
});

describe('parseMachineTimes', () => {
  it('counts stolen time as busy and waiting for disks as idle', () => {
    const text = 'cpu  100 10 200 5000 500 20 30 40 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\nintr 5\n';
    expect(parseMachineTimes(text)).toEqual({ busy: 4, idle: 55, stolen: 0.4 });
  });
});

describe('cgroups', () => {
  it('returns the CPU seconds in cpu.stat', () => {
    expect(parseCpuStat('usage_usec 2500000\nuser_usec 1\nsystem_usec 2\n')).toBe(2.5);
  });

  it('finds version 2, alone or beside version 1', () => {
    const mixed = 'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n';
    expect(findCgroup2(mixed)).toBe('/sys/fs/cgroup/unified');
    expect(findCgroup2('cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n')).toBe('/sys/fs/cgroup');
    expect(findCgroup2('tmpfs /sys/fs/cgroup tmpfs rw 0 0\n')).toBeUndefined();
  });
});

describe('parseOpenFilesLimit', () => {
  it('returns the hard limit', () => {
    expect(
      parseOpenFilesLimit('Max open files            1024                 20000                files     \n'),
    ).toBe(20_000);
    expect(parseOpenFilesLimit('Max open files            1024                 unlimited            files\n')).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

describe('descendants', () => {
  it('returns living roots and all their descendants', () => {
    const parents = new Map([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 2],
      [5, 1],
      [6, 5],
    ]);
    expect(descendants([2, 99], parents).sort()).toEqual([2, 3, 4]);
    expect(descendants([], parents)).toEqual([]);
  });
});
