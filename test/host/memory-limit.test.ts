import { describe, expect, it } from 'vitest';
import { memoryLimitBytes, memoryLimitFiles } from '../../host/memory-limit.js';

const MIB = 1024 * 1024;
const limitOf = (files: Readonly<Record<string, string>>) => memoryLimitBytes((path) => files[path]);

describe('the memory limit', () => {
  it('is in version 2 the smallest of the cgroup and its ancestors', () => {
    expect(memoryLimitFiles('0::/kubepods/pod1/c\n')).toEqual([
      '/sys/fs/cgroup/kubepods/pod1/c/memory.max',
      '/sys/fs/cgroup/kubepods/pod1/memory.max',
      '/sys/fs/cgroup/kubepods/memory.max',
      '/sys/fs/cgroup/memory.max',
      '/sys/fs/cgroup/kubepods/pod1/c/memory.high',
      '/sys/fs/cgroup/kubepods/pod1/memory.high',
      '/sys/fs/cgroup/kubepods/memory.high',
      '/sys/fs/cgroup/memory.high',
    ]);
    const files = {
      '/proc/self/cgroup': '0::/kubepods/pod1/c\n',
      '/sys/fs/cgroup/kubepods/pod1/c/memory.max': 'max\n',
      '/sys/fs/cgroup/kubepods/pod1/memory.max': '536870912\n',
      '/sys/fs/cgroup/kubepods/memory.max': '8589934592\n',
    };
    expect(limitOf(files)).toBe(512 * MIB);
    // Above memory.high the kernel slows down all processes of the cgroup.
    expect(limitOf({ ...files, '/sys/fs/cgroup/kubepods/pod1/memory.high': '402653184\n' })).toBe(384 * MIB);
  });

  it('is in version 1 that of the memory controller', () => {
    const files = {
      '/proc/self/cgroup': '12:cpu,cpuacct:/docker/1\n5:memory:/docker/1\n0::/docker/1\n',
      '/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes': '268435456\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    };
    expect(limitOf(files)).toBe(256 * MIB);
  });

  it('is that of the root for a cgroup outside the visible hierarchy', () => {
    expect(memoryLimitFiles('0::/../other')).toEqual(['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory.high']);
    expect(limitOf({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': '1073741824\n' })).toBe(1024 * MIB);
  });

  it('is undefined when no file has one', () => {
    expect(limitOf({})).toBeUndefined();
    expect(limitOf({ '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/memory.max': 'max\n' })).toBeUndefined();
    expect(limitOf({ '/proc/self/cgroup': 'nonsense' })).toBeUndefined();
    expect(() => memoryLimitBytes()).not.toThrow();
  });
});
