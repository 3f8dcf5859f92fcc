import { availableParallelism } from 'node:os';
import { memoryBudget } from '../../daemon/index.js';
import { cpuQuota, memoryLimitBytes, openArchivesLimit, openFilesLimit } from '../../host/index.js';
import { defineCheck } from '../check.js';
import { bytes, count, percent, plural } from '../words.js';

/** Archives that even a small machine should be able to keep open. */
const ENOUGH_ARCHIVES = 1024;
/** Memory that suffices: the program takes some 50 MiB, and a quarter of the limit may wait for the disk. */
const ENOUGH_MEMORY = 96 * 2 ** 20;
/** CPU time of the whole collector per CPU time of scans: on a busy machine, the rest takes about as much as scans. */
const CPU_PER_SCAN = 2;

interface FileFacts {
  /** Absent without a limit. */
  readonly limit?: number;
  /** Archives that can be open at a time. */
  readonly archives?: number;
  readonly connections: number;
}

/** Check of the limit of open files. */
export const openFiles = defineCheck<FileFacts>({
  name: 'open-files',
  tells: 'how many archives can be open at a time under the limit of open files, compared with the current connections',
  warns: `fewer than ${count(ENOUGH_ARCHIVES)}, or fewer than connections: the idlest archives are then closed, and continue in another file`,
  remedy: 'a larger hard limit: `ulimit -Hn`, `LimitNOFILE=`, `--ulimit nofile=`',
  needs: ['sock-diag'],
  gather: async ({ read, scans }) => {
    const limit = openFilesLimit(read('/proc/self/limits') ?? '');
    const { sockets: connections } = await scans();
    return Number.isFinite(limit) ? { limit, archives: openArchivesLimit(limit), connections } : { connections };
  },
  judge: ({ limit, archives, connections }) => {
    if (limit === undefined || archives === undefined) return { level: 'ok', found: 'no limit' };
    const now = `${plural(connections, 'connection')} now`;
    const found = `${plural(limit, 'file')}: ${plural(archives, 'archive')} at a time; ${now}`;
    if (archives >= ENOUGH_ARCHIVES && archives >= connections) return { level: 'ok', found };
    const wanted = Math.max(65_536, 2 ** Math.ceil(Math.log2(connections * 2 + 1)));
    return {
      level: 'warn',
      found,
      advice: `raise the hard limit: ulimit -Hn ${wanted}, systemd: LimitNOFILE=${wanted}, docker: --ulimit nofile=${wanted}`,
    };
  },
});

interface MemoryFacts {
  /** Lowest limit of the cgroup and those above it; absent without a limit. */
  readonly limitBytes?: number;
  /** Data that may wait for the disk by default. */
  readonly maxBufferedBytes: number;
}

/** Check of the memory limit. */
export const memory = defineCheck<MemoryFacts>({
  name: 'memory',
  tells: "the cgroup's memory limit, and how much data may wait for the disk by default (-archive.max-buffered)",
  warns: `the limit is below ${bytes(ENOUGH_MEMORY)}`,
  remedy: 'a larger limit',
  gather: ({ read }) => {
    const limitBytes = memoryLimitBytes(read);
    const { maxBufferedBytes } = memoryBudget(limitBytes);
    return limitBytes === undefined ? { maxBufferedBytes } : { limitBytes, maxBufferedBytes };
  },
  judge: ({ limitBytes, maxBufferedBytes }) => {
    const waiting = `${bytes(maxBufferedBytes)} may wait for the disk`;
    if (limitBytes === undefined) return { level: 'ok', found: `no limit by a cgroup; ${waiting}` };
    const found = `${bytes(limitBytes)} by the cgroup; ${waiting}`;
    if (limitBytes >= ENOUGH_MEMORY) return { level: 'ok', found };
    return {
      level: 'warn',
      found,
      advice: `raise it to ${bytes(2 * ENOUGH_MEMORY)} or more (docker: --memory, Kubernetes: resources.limits.memory)`,
    };
  },
});

interface CpuFacts {
  readonly processors: number;
  /** CPU quota of the cgroup in processors; absent without a quota. */
  readonly quota?: number;
  /** Share of one core that scans take at the beat. */
  readonly scanShare: number;
}

/** Check of processors and CPU quota. */
export const cpu = defineCheck<CpuFacts>({
  name: 'cpu',
  tells: "processors and the cgroup's CPU quota, compared with the CPU time of scans",
  warns: `less than ${CPU_PER_SCAN} times the CPU time of scans: scans are then delayed`,
  remedy: 'a larger quota, or a longer `-scan.interval`',
  needs: ['sock-diag'],
  gather: async ({ scans, read, options: { intervalNs } }) => {
    const quota = cpuQuota(read);
    const scanShare = (await scans()).medianNs / intervalNs;
    return { processors: availableParallelism(), ...(quota === undefined ? {} : { quota }), scanShare };
  },
  judge: ({ processors, quota, scanShare }) => {
    const allowed = Math.min(processors, quota ?? Number.POSITIVE_INFINITY);
    const bound = quota === undefined ? 'no quota' : `a quota of ${quota.toFixed(2)}`;
    const found = `${plural(processors, 'processor')}, ${bound}; scans take ${percent(scanShare)} of one`;
    // One thread scans: beyond one core the time between scans grows, and more processors would not help.
    const needed = CPU_PER_SCAN * Math.min(1, scanShare);
    if (allowed >= needed) return { level: 'ok', found };
    const more =
      quota === undefined || quota > processors
        ? 'give it more processors'
        : `raise the quota to ${needed.toFixed(1)} or more (docker: --cpus, Kubernetes: resources.limits.cpu)`;
    return { level: 'warn', found, advice: `${more}, or a longer -scan.interval` };
  },
});
