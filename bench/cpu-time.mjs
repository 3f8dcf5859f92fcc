// CPU time of processes, by the scheduler's own clock: it counts every nanosecond, where /proc/PID/stat counts ticks.
import { readdirSync, readFileSync } from 'node:fs';

/** Returns the CPU time of all threads of a process, in milliseconds. @param {number} pid */
export function cpuMs(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    try {
      return sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return sum; // the thread has ended
    }
  }, 0);
}
