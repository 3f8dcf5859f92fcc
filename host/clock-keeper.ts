import { readdirSync } from 'node:fs';
import type { ReadText } from './text-files.js';

/** Programs that set the system clock, by the first 15 letters of the name, as in `/proc/PID/comm`. */
const KEEPERS = new Set([
  'chronyd',
  'ntpd',
  'ntp-daemon',
  'openntpd',
  'phc2sys',
  'ptp4l',
  'sntp',
  'systemd-timesyn',
  'timemaster',
  'VBoxService',
  'vmtoolsd',
]);
/** Names of process 1 on a machine; in a container, process 1 usually is the container's own program. */
const INITS = new Set(['systemd', 'init', 'openrc-init', 'runit', 's6-svscan', 'launchd']);
/** File that systemd-timesyncd creates after it has set the clock (systemd-timesyncd.service(8)). */
const TIMESYNC_FILE = '/run/systemd/timesync/synchronized';

/** Programs that set the system clock. The kernel's own status (adjtimex) is not accessible from Node. */
export interface ClockKeeper {
  /** True when systemd-timesyncd reports that it has set the clock since the boot. */
  readonly synchronized: boolean;
  /** Running programs that set the clock. */
  readonly keepers: readonly string[];
  /** True when the machine's processes are visible rather than only a container's. */
  readonly seesMachine: boolean;
}

/** Finds programs that set the clock. */
export function findClockKeeper(read: ReadText, processes: () => readonly string[] = listProcesses): ClockKeeper {
  const names = new Set(processes().flatMap((pid) => read(`/proc/${pid}/comm`)?.trim() ?? []));
  return {
    synchronized: read(TIMESYNC_FILE) !== undefined,
    keepers: [...KEEPERS].filter((name) => names.has(name)),
    // With hidepid, other users' processes are hidden, and so are the kernel's threads.
    seesMachine: INITS.has(read('/proc/1/comm')?.trim() ?? '') && names.has('kthreadd'),
  };
}

function listProcesses(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}
