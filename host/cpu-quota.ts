import { dirname, join } from 'node:path';
import { cgroupFiles } from './cgroups.js';
import { type ReadText, readText } from './text-files.js';

const CPU_QUOTA = { v2: 'cpu.max', v1: { controller: 'cpu', file: 'cpu.cfs_quota_us' } } as const;
const PERIOD_FILE = 'cpu.cfs_period_us';

/** Returns the lowest CPU quota of this process' cgroup and those above it, in processors; undefined without quota. */
export function cpuQuota(read: ReadText = readText): number | undefined {
  const quotas = cgroupFiles(read('/proc/self/cgroup') ?? '', CPU_QUOTA).flatMap((path) => {
    const text = read(path);
    // Version 2: `200000 100000` or `max 100000` in one file. Version 1: two files, and -1 for no quota.
    const period = path.endsWith(CPU_QUOTA.v2) ? '' : (read(join(dirname(path), PERIOD_FILE)) ?? '');
    return parseQuota(`${text ?? ''} ${period}`) ?? [];
  });
  return quotas.length === 0 ? undefined : Math.min(...quotas);
}

function parseQuota(text: string): number | undefined {
  const [quota, period] = text.trim().split(/\s+/).map(Number);
  const cores = (quota ?? Number.NaN) / (period ?? Number.NaN);
  return cores > 0 ? cores : undefined;
}
