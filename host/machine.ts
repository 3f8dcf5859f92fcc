import { release } from 'node:os';
import { KERNEL_FILE_BYTES, readSmallFile } from '../files/index.js';

/** include/uapi/linux/capability.h */
export const CAP_NET_ADMIN = 12n;
/** include/uapi/linux/capability.h */
export const CAP_SYS_ADMIN = 21n;

/** What the machine lets this process do. */
export interface Machine {
  readonly kernel: string;
  /** Sockets' marks and more of some attributes are seen only with it. */
  readonly netAdmin: boolean;
  /** Other network namespaces can be entered only with it. */
  readonly sysAdmin: boolean;
  /** Descriptors that may be open: the soft limit, which Node raises to the hard one before anything of ours runs. */
  readonly openFiles: number;
}

/** The machine does not say what it lets this process do. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
  readonly code = 'ERR_MACHINE';

  constructor(path: string, cause: unknown) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    super(`read ${path}: ${code}: /proc has to be mounted`, { cause });
  }
}

/**
 * Asks the machine, changing nothing.
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

/** The soft limit of open files that `/proc/PID/limits` shows; infinite when there is none. */
export function openFilesLimit(limits: string): number {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}

/** Descriptors that are not for archives: sockets, event clients, scrapes, files that are being opened and closed. */
const OTHER_FILES = 512;

/** As many for a thousand network namespaces: two files and two sockets of each. */
const NAMESPACE_FILES = 4096;

/** How many archives may be open under a limit of open files. */
export function openArchivesLimit(openFiles: number, namespaces = false): number {
  const others = OTHER_FILES + (namespaces ? NAMESPACE_FILES : 0);
  return Math.max(Math.floor(openFiles / 2), openFiles - others);
}

/** Whether `/proc/PID/status` shows a capability as effective. */
export function hasCapability(status: string, capability: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> capability) & 1n) === 1n;
}
