import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { KERNEL_FILE_BYTES, readSmallFile } from '../files/index.js';

const CGROUPS = '/sys/fs/cgroup';
const SELF = '/proc/self/';
/** Ancestors of this process to search for cgroups: a shell, `ip netns exec` and a service manager. */
const MAX_ANCESTORS = 8;

/** Reads a text file; undefined on failure. */
export type ReadText = (path: string) => string | undefined;

/**
 * Reads a text file; undefined when it is missing or hidden from this process. If cgroups are not mounted here, they
 * are read through the processes that started this one: `ip netns exec` mounts a `/sys` without cgroups over the
 * machine's.
 */
export function readText(path: string): string | undefined {
  const text = tryRead(path);
  if (text !== undefined || !path.startsWith(`${CGROUPS}/`)) return text;
  return firstOf(ancestorProcesses(tryRead, tryReadLink), (folder) => tryRead(join(folder, 'root', path)));
}

/**
 * Yields the /proc folders of the processes that started this one, parent first, as long as they share its cgroup
 * namespace and so its names of cgroups.
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
    return undefined; // old kernel, other version of cgroups, or hidden from this process: no known limit
  }
}

function tryReadLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // another user's process, or one that has ended
  }
}
