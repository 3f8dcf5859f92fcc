import { describe, expect, it } from 'vitest';
import { findCgroupMount, pathInHierarchy } from '../../../host/processes/cgroup-mount.js';

const HYBRID = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:4 - cgroup2 cgroup2 rw
`;

describe('the mount of cgroup v2', () => {
  it('is found alone, and beside version 1', () => {
    const unified = '25 30 0:23 / /sys/fs/cgroup ro,nosuid shared:4 master:2 - cgroup2 cgroup rw\n';
    expect(findCgroupMount(unified)).toEqual({ path: '/sys/fs/cgroup', root: '/' });
    expect(findCgroupMount(HYBRID)).toEqual({ path: '/sys/fs/cgroup/unified', root: '/' });
  });

  it('is the one that shows most of the hierarchy', () => {
    const part = '9 1 0:38 /a\\040b /mnt/x\\134y rw - cgroup2 none rw\n';
    expect(findCgroupMount(`${part}${HYBRID}`)?.path).toBe('/sys/fs/cgroup/unified');
    expect(findCgroupMount(part)).toEqual({ path: '/mnt/x\\y', root: '/a b' });
  });

  it('is not known from malformed lines, or without one', () => {
    for (const text of ['', '\n', 'x', ' - cgroup2 ', '1 2 3 / /c rw - cgroup cgroup rw', '1 - ext4 /dev/sda rw']) {
      expect(findCgroupMount(text)).toBeUndefined();
    }
  });

  it('gives paths in the hierarchy', () => {
    expect(pathInHierarchy({ path: '/c', root: '/' }, '/x')).toBe('/x');
    expect(pathInHierarchy({ path: '/c', root: '/a' }, '/')).toBe('/a');
    expect(pathInHierarchy({ path: '/c', root: '/a' }, '/x')).toBe('/a/x');
    const outside = findCgroupMount('9 1 0:38 /../.. /c rw - cgroup2 none rw\n');
    expect(outside).toEqual({ path: '/c', root: '/' });
  });
});
