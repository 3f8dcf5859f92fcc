import { cgroupFiles } from './cgroups.js';
import { type ReadText, readText } from './text-files.js';

/** Value from which on there is no limit: version 1 of cgroups shows 2^63 minus one page. */
const NO_LIMIT_BYTES = 2 ** 60;
const V1_LIMIT = { controller: 'memory', file: 'memory.limit_in_bytes' } as const;
/** Files of limits. Above `memory.max` the kernel kills a process of the cgroup, above `memory.high` it slows all. */
const MEMORY_LIMITS = [
  { v2: 'memory.max', v1: V1_LIMIT },
  { v2: 'memory.high', v1: V1_LIMIT },
] as const;

/** Returns the lowest memory limit of this process' cgroup and those above it, bytes; undefined without a limit. */
export function memoryLimitBytes(read: ReadText = readText): number | undefined {
  const limits = memoryLimitFiles(read('/proc/self/cgroup') ?? '').flatMap((path) => parseLimit(read(path)) ?? []);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Lists the files that may hold a memory limit of the cgroups in the text of `/proc/self/cgroup`. */
export function memoryLimitFiles(cgroup: string): string[] {
  return [...new Set(MEMORY_LIMITS.flatMap((limit) => cgroupFiles(cgroup, limit)))];
}

function parseLimit(text: string | undefined): number | undefined {
  const limit = Number.parseInt(text ?? '', 10);
  return limit < NO_LIMIT_BYTES ? limit : undefined;
}
