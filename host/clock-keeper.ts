import { readdirSync } from 'node:fs';
import type { ReadText } from './text-files.js';

/** Programs that keep the system clock right, by the 15 letters that `/proc/PID/comm` has of a name. */
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
/** First processes of a machine; that of a container is its own program, as a rule. */
const INITS = new Set(['systemd', 'init', 'openrc-init', 'runit', 's6-svscan', 'launchd']);
/** Made by systemd-timesyncd when it has set the clock (systemd-timesyncd.service(8)). */
const TIMESYNC_FILE = '/run/systemd/timesync/synchronized';

/** Who keeps the system clock. The kernel's own word (adjtimex) cannot be had from Node. */
export interface ClockKeeper {
  /** Whether systemd-timesyncd says that it has set the clock since the boot. */
  readonly synchronized: boolean;
  /** Programs that run and do so. */
  readonly keepers: readonly string[];
  /** Whether the machine's processes are to be seen, and not only a container's. */
  readonly seesMachine: boolean;
}

/** Looks for programs that keep the clock. */
export function findClockKeeper(read: ReadText, processes: () => readonly string[] = listProcesses): ClockKeeper {
  const names = new Set(processes().flatMap((pid) => read(`/proc/${pid}/comm`)?.trim() ?? []));
  return {
    synchronized: read(TIMESYNC_FILE) !== undefined,
    keepers: [...KEEPERS].filter((name) => names.has(name)),
    // Somebody else's processes may be hidden (hidepid): then the kernel's own threads are, too.
    seesMachine: INITS.has(read('/proc/1/comm')?.trim() ?? '') && names.has('kthreadd'),
  };
}

function listProcesses(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}
