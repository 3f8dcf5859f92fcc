import { readlinkSync } from 'node:fs';
import { KERNEL_FILE_BYTES, readSmallFile } from '../../files/index.js';
import { CAP_SYS_PTRACE, hasCapability } from '../index.js';

/** Id of the first process. The system may protect it even from a reader with CAP_SYS_PTRACE. */
export const INIT_PID = 1;

/** Rights to read processes, as far as they are known before the first read. */
export interface ReadRights {
  /** True with CAP_SYS_PTRACE. No further right makes more processes readable then. */
  readonly mayTrace: boolean;
  /** True when processes of all users are visible and readable. */
  readonly seesOthers: boolean;
}

/** Returns the rights of this process in the procfs that is mounted at `proc`. */
export function readRights(proc: string): ReadRights {
  const mayTrace = canTrace(proc);
  return { mayTrace, seesOthers: mayTrace || canReadInit(proc) };
}

function canTrace(proc: string): boolean {
  try {
    const status = readSmallFile(`${proc}/self/status`, { maxBytes: KERNEL_FILE_BYTES }).toString();
    return hasCapability(status, CAP_SYS_PTRACE);
  } catch {
    return false; // a procfs of another pid namespace does not show this process
  }
}

/** Returns whether the first process can be read, which belongs to root. It is hidden with `hidepid=2`. */
function canReadInit(proc: string): boolean {
  try {
    readlinkSync(`${proc}/${INIT_PID}/exe`);
    return true;
  } catch {
    return false; // EACCES or ENOENT: other users' processes are not readable, or hidden
  }
}
