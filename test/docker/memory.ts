import { readFileSync } from 'node:fs';

/**
 * Returns the peak memory of a process' cgroup in bytes, caches included; undefined if the system does not report it.
 */
export function memoryPeakBytes(pid: number): number | undefined {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
  const path = (controllers: RegExp): string | undefined => {
    const found = lines.map((line) => line.split(':')).find(([, names]) => controllers.test(names ?? '-'));
    return found?.slice(2).join(':');
  };
  const files = [
    `/sys/fs/cgroup/memory${path(/(^|,)memory(,|$)/) ?? ''}/memory.max_usage_in_bytes`,
    `/sys/fs/cgroup${path(/^$/) ?? ''}/memory.peak`,
  ];
  for (const file of files) {
    try {
      return Number(readFileSync(file, 'utf8'));
    } catch {
      // The other cgroup version, or a kernel before 5.19.
    }
  }
  return undefined;
}
