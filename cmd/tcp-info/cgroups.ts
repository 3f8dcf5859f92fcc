import { join } from 'node:path';
import { KERNEL_FILE_BYTES, readSmallFile } from '../../files/index.js';

const CGROUPS = '/sys/fs/cgroup';

/** Reads a text file, or returns undefined when it cannot. */
export type ReadText = (path: string) => string | undefined;

/** A file of a controller, by its name in both versions of cgroups. */
export interface CgroupFile {
  readonly v2: string;
  readonly v1: { readonly controller: string; readonly file: string };
}

/**
 * The files that may hold a limit of the cgroups that `/proc/self/cgroup` names: of each and of all above it, for
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

/** A path and those above it, to the root. One outside of what can be seen from here (`/..`) is the root. */
function ancestors(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (names.includes('..')) return ['/'];
  return Array.from({ length: names.length + 1 }, (_, up) => `/${names.slice(0, names.length - up).join('/')}`);
}

/** A text file's content; undefined when it is not there, or not for us to see. */
export function readText(path: string): string | undefined {
  try {
    return readSmallFile(path, { maxBytes: KERNEL_FILE_BYTES }).toString();
  } catch {
    return undefined; // no such kernel, no such version of cgroups, or hidden from this process: nothing that we know of
  }
}
