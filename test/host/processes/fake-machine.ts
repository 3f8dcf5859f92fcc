import { constants } from 'node:os';
import type { ProcessSockets, ProcessSurvey, SocketOwners } from '../../../native/index.js';

/** Process of a {@link FakeMachine}. */
export interface FakeProcess {
  startTicks: number;
  command: string;
  uid: number;
  readonly ancestors: number[];
  sockets: number[];
  /** Number of descriptors that are no sockets. */
  others: number;
  /** Errno of its reads, or 0. */
  errno: number;
}

/** Processes and cgroups of a machine that is not there. */
export class FakeMachine implements SocketOwners {
  readonly processes = new Map<number, FakeProcess>();
  readonly cgroups = new Map<bigint, string>();
  readonly members = new Map<string, readonly number[]>();
  /** CPU time of each operation, in nanoseconds. */
  costNs = 10_000;
  surveyErrno = 0;
  openErrno = 0;
  walkErrno = 0;
  /** True on kernels that do not count descriptors. */
  countsNothing = false;
  readonly reads: (readonly number[])[] = [];
  surveys = 0;
  walks = 0;

  add(pid: number, process: Partial<FakeProcess> = {}): FakeProcess {
    const added = {
      startTicks: 100 + pid,
      command: `p${pid}`,
      uid: 0,
      ancestors: [],
      sockets: [],
      others: 3,
      errno: 0,
    };
    const whole = { ...added, ...process };
    this.processes.set(pid, whole);
    return whole;
  }

  /** Number of reads of a process. */
  readsOf(pid: number): number {
    return this.reads.filter((pids) => pids.includes(pid)).length;
  }

  async survey(): Promise<ProcessSurvey> {
    this.surveys++;
    const count = ({ sockets, others }: FakeProcess): number => (this.countsNothing ? 0 : sockets.length + others);
    return {
      errno: this.surveyErrno,
      pids: Uint32Array.from(this.processes.keys()),
      descriptors: Uint32Array.from([...this.processes.values()].map(count)),
      cpuNs: this.costNs,
    };
  }

  async sockets(pids: Uint32Array, maxCpuNs: number): Promise<ProcessSockets> {
    const read = pids.slice(0, Math.max(1, Math.floor(maxCpuNs / this.costNs)));
    this.reads.push([...read]);
    const processes = [...read].map((pid) => {
      const process = this.processes.get(pid);
      const errno = process === undefined ? constants.errno.ENOENT : process.errno;
      if (process === undefined || errno !== 0) return { errno, descriptors: 0, sockets: 0 };
      const descriptors = process.sockets.length + process.others;
      if (process.sockets.length === 0) return { errno, descriptors, sockets: 0 };
      const { startTicks, command, uid, ancestors } = process;
      return {
        errno,
        descriptors,
        sockets: process.sockets.length,
        startTicks,
        ancestors,
        uid,
        command,
        executable: null,
      };
    });
    const sockets = [...read].flatMap((pid) => {
      const process = this.processes.get(pid);
      return process?.errno === 0 ? process.sockets.flatMap((inode, fd) => [pid, fd, inode]) : [];
    });
    return { processes, sockets: Uint32Array.from(sockets), cpuNs: this.costNs * read.length };
  }

  async openCgroups(_mount: string, ids: BigUint64Array): ReturnType<SocketOwners['openCgroups']> {
    return { errno: this.openErrno, paths: this.#pathsOf(ids, this.openErrno), cpuNs: this.costNs };
  }

  async walkCgroups(_mount: string, ids: BigUint64Array): ReturnType<SocketOwners['walkCgroups']> {
    this.walks++;
    return { errno: this.walkErrno, paths: this.#pathsOf(ids, this.walkErrno), cpuNs: this.costNs };
  }

  async cgroupMembers(path: string): ReturnType<SocketOwners['cgroupMembers']> {
    const pids = this.members.get(path);
    const errno = pids === undefined ? constants.errno.ENOENT : 0;
    return { errno, pids: Uint32Array.from(pids ?? []), cpuNs: this.costNs };
  }

  #pathsOf(ids: BigUint64Array, errno: number): (string | null)[] {
    return [...ids].map((id) => (errno === 0 ? (this.cgroups.get(id) ?? null) : null));
  }
}
