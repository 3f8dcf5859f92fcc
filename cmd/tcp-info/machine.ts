import { readFileSync } from 'node:fs';
import { release } from 'node:os';

/** CAP_NET_ADMIN — include/uapi/linux/capability.h. */
const CAP_NET_ADMIN = 12n;

/** What the machine lets this process do. */
export interface Machine {
  readonly kernel: string;
  /** Sockets' marks and more of some attributes are seen only with it. */
  readonly netAdmin: boolean;
  /** Descriptors that may be open: the soft limit, which Node raises to the hard one before anything of ours runs. */
  readonly openFiles: number;
}

/** Asks the machine, changing nothing. */
export function inspectMachine(): Machine {
  return {
    kernel: release(),
    netAdmin: hasCapability(readFileSync('/proc/self/status', 'utf8'), CAP_NET_ADMIN),
    openFiles: openFilesLimit(readFileSync('/proc/self/limits', 'utf8')),
  };
}

/** The soft limit of open files that `/proc/PID/limits` shows; infinite when there is none. */
export function openFilesLimit(limits: string): number {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}

/** Descriptors that are not for archives: sockets, event clients, scrapes, files that are being opened and closed. */
const OTHER_FILES = 512;

/** How many archives may be open under a limit of open files. */
export function openArchivesLimit(openFiles: number): number {
  return Math.max(Math.floor(openFiles / 2), openFiles - OTHER_FILES);
}

/** Whether `/proc/PID/status` shows a capability as effective. */
export function hasCapability(status: string, capability: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> capability) & 1n) === 1n;
}
