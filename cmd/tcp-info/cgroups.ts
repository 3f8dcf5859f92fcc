import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { KERNEL_FILE_BYTES, readSmallFile } from '../../files/index.js';

const CGROUPS = '/sys/fs/cgroup';
const SELF = '/proc/self/';
/** Generations of processes that are asked for their view of cgroups: a shell, `ip netns exec` and a service manager. */
const MAX_ANCESTORS = 8;

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

/**
 * Reads a text file; returns undefined when it is missing or hidden from this process. A file of cgroups that are not
 * mounted here is read where the processes that started this one have them: `ip netns exec` mounts a `/sys` without
 * cgroups over that of the machine.
 */
export function readText(path: string): string | undefined {
  const text = tryRead(path);
  if (text !== undefined || !path.startsWith(`${CGROUPS}/`)) return text;
  return firstOf(ancestorProcesses(tryRead, tryReadLink), (folder) => tryRead(join(folder, 'root', path)));
}

/**
 * The folders in /proc of the processes that started this one, parent first, as long as they name cgroups as it does:
 * those of its cgroup namespace.
 */
export function* ancestorProcesses(read: ReadText, readLink: ReadText): Generator<string, void, undefined> {
  const namespace = readLink(`${SELF}ns/cgroup`);
  let folder = SELF;
  for (let i = 0; i < MAX_ANCESTORS; i++) {
    const parent = /^PPid:\s*([1-9]\d*)$/m.exec(read(join(folder, 'status')) ?? '')?.[1];
    if (parent === undefined) return;
    folder = `/proc/${parent}`;
    if (namespace === undefined || readLink(join(folder, 'ns/cgroup')) !== namespace) return;
    yield folder;
  }
}

function firstOf(folders: Iterable<string>, read: ReadText): string | undefined {
  for (const folder of folders) {
    const text = read(folder);
    if (text !== undefined) return text;
  }
  return undefined;
}

function tryRead(path: string): string | undefined {
  try {
    return readSmallFile(path, { maxBytes: KERNEL_FILE_BYTES }).toString();
  } catch {
    return undefined; // no such kernel, no such version of cgroups, or hidden from this process: nothing that we know of
  }
}

function tryReadLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // a process of somebody else, or one that is gone
  }
}
