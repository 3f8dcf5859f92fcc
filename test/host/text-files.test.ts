import { describe, expect, it } from 'vitest';
import { ancestorProcesses } from '../../host/text-files.js';

const STATUS = { '/proc/self/status': 'Name:\tnode\nPPid:\t30\n', '/proc/30/status': 'Name:\tsh\nPPid:\t2\n' };
const LINKS = {
  '/proc/self/ns/cgroup': 'cgroup:[1]',
  '/proc/30/ns/cgroup': 'cgroup:[1]',
  '/proc/2/ns/cgroup': 'cgroup:[1]',
};
const ancestorsOf = (status: Readonly<Record<string, string>>, links: Readonly<Record<string, string>>) => [
  ...ancestorProcesses(
    (path) => status[path],
    (path) => links[path],
  ),
];

describe('ancestorProcesses', () => {
  it('returns the visible ancestors of this process', () => {
    expect(ancestorsOf(STATUS, LINKS)).toEqual(['/proc/30', '/proc/2']);
    expect(ancestorsOf({ '/proc/self/status': 'PPid:\t0\n' }, LINKS)).toEqual([]);
    expect(ancestorsOf({}, LINKS)).toEqual([]);
  });

  it('stops at a process in another cgroup namespace, where cgroups have other names', () => {
    expect(ancestorsOf(STATUS, { ...LINKS, '/proc/2/ns/cgroup': 'cgroup:[2]' })).toEqual(['/proc/30']);
    expect(ancestorsOf(STATUS, { ...LINKS, '/proc/30/ns/cgroup': 'cgroup:[2]' })).toEqual([]);
    expect(ancestorsOf(STATUS, {})).toEqual([]);
  });

  it('returns at most eight', () => {
    const status = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`/proc/${i === 0 ? 'self' : i + 1}/status`, `PPid:\t${i + 2}\n`]),
    );
    const links = Object.fromEntries(
      Object.keys(status).map((path) => [path.replace('status', 'ns/cgroup'), 'cgroup:[1]']),
    );
    expect(ancestorsOf(status, links)).toHaveLength(8);
  });
});
