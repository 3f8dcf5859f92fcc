import { SocketProcesses } from '../../host/processes/index.js';
import type { Logger } from '../../log/index.js';
import type { ProcessSearchMetrics } from '../../metrics/index.js';
import type { NetlinkAddon } from '../../native/index.js';
import type { OwnerSearch, RowSocket, SettableOwner } from '../store/index.js';
import { createProcessReports } from './process-reports.js';

/** Options of {@link createProcessSearch}. */
export interface ProcessSearchOptions {
  readonly netlink: NetlinkAddon;
  /** Share of one core that the search may use, up to 1. */
  readonly cpuBudget: number;
  /** Absent: nothing is counted. */
  readonly metrics?: ProcessSearchMetrics;
  readonly log: Logger;
}

/** Creates the search for processes and cgroups. It begins with `start`. */
export function createProcessSearch({ netlink, cpuBudget, metrics, log }: ProcessSearchOptions): SocketProcesses {
  return new SocketProcesses({
    owners: new netlink.SocketOwners('/proc'),
    cpuBudget,
    reports: createProcessReports(metrics, log),
  });
}

/** Owners of rows, as the search found them. */
export class ProcessOwners implements OwnerSearch {
  readonly #search: SocketProcesses;

  constructor(search: SocketProcesses) {
    this.#search = search;
  }

  get readsOthers(): boolean {
    return this.#search.readsOthers;
  }

  want(socket: RowSocket): void {
    this.#search.want(socket);
  }

  ended({ inode }: RowSocket): void {
    if (inode !== 0) this.#search.ended(inode);
  }

  setOwner(owner: SettableOwner, { inode, cgroupId }: RowSocket): void {
    const { process, unknown } = this.#search.processOf(inode);
    owner.process = process;
    owner.processUnknown = unknown;
    owner.cgroup = cgroupId === undefined ? null : this.#search.cgroupOf(cgroupId);
  }
}
