import { join } from 'node:path';

const CGROUPS = '/sys/fs/cgroup';

/** File of a cgroup controller, by its name in both versions of cgroups. */
export interface CgroupFile {
  readonly v2: string;
  readonly v1: { readonly controller: string; readonly file: string };
}

/**
 * Lists files that may hold a limit: of each cgroup in the text of `/proc/self/cgroup` and of all cgroups above it, for
 * version 2 (`0::/path`) and version 1 (`N:…,controller,…:/path`).
 */
export function cgroupFiles(cgroup: string, { v2, v1 }: CgroupFile): string[] {
  return cgroup.split('\n').flatMap((line) => {
    const [, controllers, path = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === '') return ancestors(path).map((each) => join(CGROUPS, each, v2));
    if (controllers?.split(',').includes(v1.controller) !== true) return [];
    return ancestors(path).map((each) => join(CGROUPS, v1.controller, each, v1.file));
  });
}

/** Returns a path and all its parents up to the root. A path that is invisible here (`/..`) counts as the root. */
function ancestors(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (names.includes('..')) return ['/'];
  return Array.from({ length: names.length + 1 }, (_, up) => `/${names.slice(0, names.length - up).join('/')}`);
}
