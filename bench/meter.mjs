// Measures CPU and memory of a program and everything that it starts. A cgroup of version 2 counts every process that
// ever ran in it. Without cgroups the meter adds up living processes in /proc, with their ended and awaited children.
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendants, findCgroup2, parseCpuStat, parseMachineTimes, parseRollup, parseStat } from './proc-text.mjs';

/** Time limit for the removal of a cgroup whose processes were killed. */
const REMOVE_MS = 10_000;

let made = 0;
/** Meters that have not been removed. */
const meters = new Set();

/** Returns the text of a file in /proc; empty when its process has ended. */
function readProc(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    return '';
  }
}

class CgroupMeter {
  how = 'cpu.stat of a cgroup';
  #folder;
  #removed;

  constructor(folder) {
    mkdirSync(folder);
    this.#folder = folder;
  }

  /** Returns a command that runs the given one inside the cgroup. */
  wrap(command, args) {
    const join = 'echo $$ > "$0" && exec "$@"';
    return ['sh', ['-c', join, `${this.#folder}/cgroup.procs`, command, ...args]];
  }

  started() {
    // The command of wrap() has joined the cgroup.
  }

  cpuSeconds() {
    return parseCpuStat(readFileSync(join(this.#folder, 'cpu.stat'), 'utf8'));
  }

  members() {
    return readFileSync(join(this.#folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  }

  /** Kills the processes inside, and removes the cgroup. */
  remove() {
    // May be called twice: at the end of the work and at the end of the program.
    this.#removed ??= this.#removeFolder();
    return this.#removed;
  }

  async #removeFolder() {
    for (const deadline = performance.now() + REMOVE_MS; ; await sleep(20)) {
      for (const pid of this.members()) killIfThere(pid);
      try {
        return rmdirSync(this.#folder);
      } catch (error) {
        // Killed processes take some time to disappear.
        if (error.code !== 'EBUSY' || performance.now() > deadline) throw error;
      }
    }
  }
}

class TreeMeter {
  how = '/proc/PID/stat of those that live, and their ended children';
  #roots = [];

  wrap(command, args) {
    return [command, args];
  }

  started(pid) {
    this.#roots.push(pid);
  }

  cpuSeconds() {
    return this.members()
      .map((pid) => readProc(`/proc/${pid}/stat`))
      .filter((text) => text !== '')
      .map(parseStat)
      .reduce((sum, { seconds, endedSeconds }) => sum + seconds + endedSeconds, 0);
  }

  members() {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const stats = pids.map((pid) => [Number(pid), readProc(`/proc/${pid}/stat`)]).filter(([, text]) => text !== '');
    return descendants(this.#roots, new Map(stats.map(([pid, text]) => [pid, parseStat(text).parent])));
  }

  async remove() {
    for (const pid of this.members()) killIfThere(pid);
  }
}

function killIfThere(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Creates a meter: `wrap` the command, pass the pid to `started`, and `remove` the meter in the end. */
export function createMeter() {
  const meter = makeMeter();
  meters.add(meter);
  return meter;
}

/** Removes every meter, and kills its processes. */
export async function removeMeters() {
  for (const meter of meters) await meter.remove();
  meters.clear();
}

function makeMeter() {
  const mount = findCgroup2(readFileSync('/proc/mounts', 'utf8'));
  if (mount === undefined) return new TreeMeter();
  try {
    return new CgroupMeter(join(mount, `tcp-info-bench-${process.pid}-${made++}`));
  } catch (error) {
    if (error.code !== 'EROFS' && error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
    return new TreeMeter(); // a container without permission to make cgroups
  }
}

/** Returns the summed memory of processes in MiB: resident, and proportional (shared pages divided among them). */
export function memoryOf(pids) {
  const all = pids.map((pid) => parseRollup(readProc(`/proc/${pid}/smaps_rollup`))).filter(Boolean);
  const sum = (name) => all.reduce((total, each) => total + each[name], 0);
  return { rssMib: sum('rss'), pssMib: sum('pss') };
}

/** Returns the times of all processors since boot, in seconds. */
export function machineTimes() {
  return parseMachineTimes(readFileSync('/proc/stat', 'utf8'));
}
