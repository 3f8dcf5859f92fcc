/** Result of work on the thread of {@link SocketOwners}. */
export interface OwnersWork {
  /** CPU time that the work took on the thread, in nanoseconds. */
  readonly cpuNs: number;
}

/** Processes in /proc. */
export interface ProcessSurvey extends OwnersWork {
  /** Positive errno, or 0. After a failure processes may be missing. */
  readonly errno: number;
  readonly pids: Uint32Array;
  /** Number of open descriptors of each process; 0 if unknown (before Linux 6.2). */
  readonly descriptors: Uint32Array;
}

/** Process whose descriptors were read. */
export interface ReadProcess {
  /** Positive errno, or 0. EACCES: no permission. ENOENT and ESRCH: it has ended. */
  readonly errno: number;
  /** Number of its open descriptors; 0 after a failure. */
  readonly descriptors: number;
  /** Number of its sockets; 0 after a failure. */
  readonly sockets: number;
}

/** Process with sockets. */
export interface SocketHolder extends ReadProcess {
  /** Time of its start after boot, in clock ticks. */
  readonly startTicks: number;
  /** Process ids of its parent, grandparent, … */
  readonly ancestors: readonly number[];
  /** Effective user id. */
  readonly uid: number;
  /** Name of the process. Bytes that are not UTF-8 are replaced by U+FFFD. */
  readonly command: string;
  /** Path of the program, as the kernel prints it; null if it may not be read. */
  readonly executable: string | null;
}

/** Processes and their sockets. */
export interface ProcessSockets extends OwnersWork {
  /** Processes that were read, in the order of the request; a {@link SocketHolder} if it has sockets. */
  readonly processes: readonly (ReadProcess | SocketHolder)[];
  /** Three numbers for each socket, in the order of the processes: process id, descriptor and inode. */
  readonly sockets: Uint32Array;
}

/** Paths of cgroups below a mount point. */
export interface CgroupPaths extends OwnersWork {
  /** Positive errno, or 0. After a failure paths may be missing. */
  readonly errno: number;
  /** Path of each id, `/` for the root; null if it is not found. */
  readonly paths: readonly (string | null)[];
}

/** Processes of a cgroup. */
export interface CgroupMembers extends OwnersWork {
  /** Positive errno, or 0. */
  readonly errno: number;
  readonly pids: Uint32Array;
}

/**
 * A thread that reads the open sockets of processes and the tree of cgroups, one operation after the other in the order
 * of the calls. Promises never reject. Arguments and environments of processes are never read.
 * @throws TypeError for invalid arguments
 */
export interface SocketOwners {
  /** Lists the processes. */
  survey(): Promise<ProcessSurvey>;
  /**
   * Reads the links `socket:[inode]` of processes in the given order, and describes those that have some, until
   * `maxCpuNs` of CPU time are used: at least one process is read.
   */
  sockets(pids: Uint32Array, maxCpuNs: number): Promise<ProcessSockets>;
  /** Finds cgroups by their ids as file handles: EPERM without CAP_DAC_READ_SEARCH. `mount` is that of cgroup v2. */
  openCgroups(mount: string, ids: BigUint64Array): Promise<CgroupPaths>;
  /** Finds cgroups by a walk of the tree: EOVERFLOW after 100,000 of them. */
  walkCgroups(mount: string, ids: BigUint64Array): Promise<CgroupPaths>;
  /** Reads the processes of the cgroup at a path. */
  cgroupMembers(path: string): Promise<CgroupMembers>;
}
