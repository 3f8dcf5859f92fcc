import { cgroupFiles, type ReadText, readText } from './cgroups.js';

export type { ReadText } from './cgroups.js';

/** What may wait in memory when nobody says how much. */
const DEFAULT_MAX_BUFFERED_BYTES = 256 * 1024 * 1024;
/** A limit beyond this is none: version 1 of cgroups says 2^63 less a page. */
const NO_LIMIT_BYTES = 2 ** 60;
const MEMORY_LIMIT = { v2: 'memory.max', v1: { controller: 'memory', file: 'memory.limit_in_bytes' } } as const;

/** The default of `--archive.max-buffered`: 256 MiB, or a quarter of the memory limit if that is less. */
export function defaultMaxBufferedBytes(limitBytes: number | undefined): number {
  return Math.min(DEFAULT_MAX_BUFFERED_BYTES, Math.floor((limitBytes ?? Number.POSITIVE_INFINITY) / 4));
}

/** The least memory limit of this process' cgroup and those above it, bytes; undefined when there is none. */
export function memoryLimitBytes(read: ReadText = readText): number | undefined {
  const limits = memoryLimitFiles(read('/proc/self/cgroup') ?? '').flatMap((path) => parseLimit(read(path)) ?? []);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** The files that may hold a memory limit of the cgroups that `/proc/self/cgroup` names. */
export function memoryLimitFiles(cgroup: string): string[] {
  return cgroupFiles(cgroup, MEMORY_LIMIT);
}

function parseLimit(text: string | undefined): number | undefined {
  const limit = Number.parseInt(text ?? '', 10);
  return limit < NO_LIMIT_BYTES ? limit : undefined;
}
