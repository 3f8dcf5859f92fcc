// @ts-check
// Parsers of the kernel's texts in /proc and in cgroups. Pure.

/** Ticks of /proc times: USER_HZ, which is 100 on every Linux. */
const TICKS_PER_SECOND = 100;

/**
 * Parses /proc/PID/stat: the parent, and CPU seconds of the process and of its ended, awaited children.
 * @param {string} text
 */
export function parseStat(text) {
  // The name is in parentheses and may contain any character, even parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const seconds = [11, 12, 13, 14].map((at) => Number(fields[at]) / TICKS_PER_SECOND);
  const [user = Number.NaN, system = Number.NaN, childUser = Number.NaN, childSystem = Number.NaN] = seconds;
  return { parent: Number(fields[1]), seconds: user + system, endedSeconds: childUser + childSystem };
}

/**
 * Parses /proc/PID/smaps_rollup: resident and proportional memory in MiB. Returns undefined for an ended process.
 * @param {string} text
 */
export function parseRollup(text) {
  const mib = (/** @type {string} */ name) => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  };
  const rss = mib('Rss');
  const pss = mib('Pss');
  return rss === undefined || pss === undefined ? undefined : { rss, pss };
}

/**
 * Parses /proc/stat: busy and idle seconds of all processors since boot. Time stolen by the hypervisor counts as busy,
 * because this machine could not use it.
 * @param {string} text
 */
export function parseMachineTimes(text) {
  const fields = /^cpu +(.*)$/m.exec(text)?.[1]?.split(' ').map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = fields;
  return {
    busy: (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND,
    idle: (idle + iowait) / TICKS_PER_SECOND,
    stolen: steal / TICKS_PER_SECOND,
  };
}

/**
 * Parses a cgroup's cpu.stat: CPU seconds of all processes that ever ran in it.
 * @param {string} text
 */
export function parseCpuStat(text) {
  return Number(/^usage_usec (\d+)$/m.exec(text)?.[1]) / 1e6;
}

/**
 * Finds the mount point of cgroups version 2 in /proc/mounts, alone or beside version 1.
 * @param {string} text
 */
export function findCgroup2(text) {
  return /^\S+ (\S+) cgroup2 /m.exec(text)?.[1];
}

/**
 * Parses /proc/PID/limits: the hard limit on open files.
 * @param {string} text
 */
export function parseOpenFilesLimit(text) {
  const hard = /^Max open files +\S+ +(\S+)/m.exec(text)?.[1];
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

/**
 * Returns the living processes among some roots and their descendants.
 * @param {readonly number[]} roots
 * @param {ReadonlyMap<number, number>} parents process to parent
 */
export function descendants(roots, parents) {
  const children = groupByParent(parents);
  const found = new Set(roots.filter((pid) => parents.has(pid)));
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child);
  return [...found];
}

function groupByParent(/** @type {ReadonlyMap<number, number>} */ parents) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const [pid, parent] of parents) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  return children;
}
