import { release } from 'node:os';
import { KERNEL_FILE_BYTES, readSmallFile } from '../files/index.js';

/** include/uapi/linux/capability.h */
export const CAP_NET_ADMIN = 12n;
/** include/uapi/linux/capability.h */
export const CAP_SYS_PTRACE = 19n;
/** include/uapi/linux/capability.h */
export const CAP_SYS_ADMIN = 21n;

/** Permissions and limits of this process. */
export interface Machine {
  readonly kernel: string;
  /** True with CAP_NET_ADMIN, which sockets' marks and more of some attributes require. */
  readonly netAdmin: boolean;
  /** True with CAP_SYS_ADMIN, which entering other network namespaces requires. */
  readonly sysAdmin: boolean;
  /** Soft limit of open files, which Node raises to the hard limit before this program's code runs. */
  readonly openFiles: number;
}

/** Thrown when /proc does not show what this process may do. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
  readonly code = 'ERR_MACHINE';

  constructor(path: string, cause: unknown) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    super(`read ${path}: ${code}: /proc has to be mounted`, { cause });
  }
}

/**
 * Reads what this process may do; changes nothing.
 * @throws MachineError without /proc
 */
export function inspectMachine(): Machine {
  const status = readProc('/proc/self/status');
  return {
    kernel: release(),
    netAdmin: hasCapability(status, CAP_NET_ADMIN),
    sysAdmin: hasCapability(status, CAP_SYS_ADMIN),
    openFiles: openFilesLimit(readProc('/proc/self/limits')),
  };
}

function readProc(path: string): string {
  try {
    return readSmallFile(path, { maxBytes: KERNEL_FILE_BYTES }).toString();
  } catch (cause) {
    throw new MachineError(path, cause);
  }
}

/** Returns the soft limit of open files from `/proc/PID/limits`; infinite without a limit. */
export function openFilesLimit(limits: string): number {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}

/** Descriptors for sockets, event clients, scrapes, and files being opened or closed: all that are not archives. */
const OTHER_FILES = 512;

/** Descriptors for a thousand network namespaces: two files and two sockets each. */
const NAMESPACE_FILES = 4096;

/** Returns how many archives may be open under a limit of open files. */
export function openArchivesLimit(openFiles: number, namespaces = false): number {
  const others = OTHER_FILES + (namespaces ? NAMESPACE_FILES : 0);
  return Math.max(Math.floor(openFiles / 2), openFiles - others);
}

/** True when `/proc/PID/status` shows a capability as effective. */
export function hasCapability(status: string, capability: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> capability) & 1n) === 1n;
}
