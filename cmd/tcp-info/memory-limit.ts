import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What may wait in memory when nobody says how much. */
const DEFAULT_MAX_BUFFERED_BYTES = 256 * 1024 * 1024;
/** A limit beyond this is none: version 1 of cgroups says 2^63 less a page. */
const NO_LIMIT_BYTES = 2 ** 60;
const CGROUPS = '/sys/fs/cgroup';

/** Reads a text file, or returns undefined when it cannot. */
export type ReadText = (path: string) => string | undefined;

/** The default of `--archive.max-buffered`: 256 MiB, or a quarter of the memory limit if that is less. */
export function defaultMaxBufferedBytes(limitBytes: number | undefined): number {
  return Math.min(DEFAULT_MAX_BUFFERED_BYTES, Math.floor((limitBytes ?? Number.POSITIVE_INFINITY) / 4));
}

/** The least memory limit of this process' cgroup and those above it, bytes; undefined when there is none. */
export function memoryLimitBytes(read: ReadText = readText): number | undefined {
  const limits = memoryLimitFiles(read('/proc/self/cgroup') ?? '').flatMap((path) => parseLimit(read(path)) ?? []);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/**
 * The files that may hold a memory limit of the cgroups that `/proc/self/cgroup` names: of each and of all above it, for
 * version 2 (`0::/path`) and version 1 (`N:…,memory,…:/path`).
 */
export function memoryLimitFiles(cgroup: string): string[] {
  return cgroup.split('\n').flatMap((line) => {
    const [, controllers, path = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === '') return ancestors(path).map((each) => join(CGROUPS, each, 'memory.max'));
    if (controllers?.split(',').includes('memory') !== true) return [];
    return ancestors(path).map((each) => join(CGROUPS, 'memory', each, 'memory.limit_in_bytes'));
  });
}

/** A path and those above it, to the root. One outside of what can be seen from here (`/..`) is the root. */
function ancestors(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (names.includes('..')) return ['/'];
  return Array.from({ length: names.length + 1 }, (_, up) => `/${names.slice(0, names.length - up).join('/')}`);
}

function parseLimit(text: string | undefined): number | undefined {
  const limit = Number.parseInt(text ?? '', 10);
  return limit < NO_LIMIT_BYTES ? limit : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // no such version of cgroups, or not for us to see: no limit that we know of
  }
}
