import { describe, expect, it } from 'vitest';
import { archivedProcess } from '../../daemon/archived-process.js';

const PROCESS = {
  pid: 7,
  command: 'nginx',
  executable: '/usr/sbin/nginx',
  uid: 33,
  user: 'www-data',
  otherPids: 0,
  seenTime: '2026-01-01T00:00:00.000Z',
};
const CGROUP = { id: '9', path: '/a.service', unit: 'a.service', container: null, pod: null };
const POD = { uid: 'u-1', name: 'web', namespace: 'shop', container: 'front' };

describe('the process in an archive', () => {
  it('has what is known', () => {
    expect(archivedProcess(PROCESS, null)).toEqual({ pid: 7, command: 'nginx' });
    expect(archivedProcess(null, CGROUP)).toEqual({ unit: 'a.service' });
    const container = { id: 'c0ffee', runtime: null };
    expect(archivedProcess(PROCESS, { ...CGROUP, unit: null, container, pod: POD })).toEqual({
      pid: 7,
      command: 'nginx',
      container: 'c0ffee',
      pod: 'shop/web',
    });
  });

  it('has the uid of a pod without names', () => {
    expect(archivedProcess(null, { ...CGROUP, pod: { ...POD, name: null } })?.pod).toBe('u-1');
  });

  it('is absent if nothing is known', () => {
    expect(archivedProcess(null, null)).toBeUndefined();
    expect(archivedProcess(null, { ...CGROUP, unit: null })).toBeUndefined();
  });
});
