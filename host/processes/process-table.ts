import type { SocketHolder } from '../../native/index.js';
import { rereadDelayMs } from './rereads.js';
import type { ProcessAnswer } from './types.js';

/** Process that has been read. */
export interface KnownProcess {
  /** Description; undefined for a process without sockets, or one that may not be read. */
  readonly holder: SocketHolder | undefined;
  /** Number of its descriptors at the last read. */
  readonly descriptors: number;
  /** True when its descriptors may not be read. */
  readonly refused: boolean;
  /** Time of the last read, of a monotonic clock. */
  readonly readMs: number;
  /** Number of the last read in the order of all that happens. */
  readonly order: number;
  /** Answer for its sockets that no other process holds; absent until one is wanted. */
  answer?: ProcessAnswer;
}

interface Schedule {
  rereads: number;
  dueMs: number;
}

/** Processes that have been read, and when to read those of wanted sockets again. */
export class ProcessTable {
  readonly #processes = new Map<number, KnownProcess>();
  readonly #schedules = new Map<number, Schedule>();
  /** Lower bound of the times in the schedules. */
  #nextDueMs = Number.POSITIVE_INFINITY;
  #refused = 0;

  /** Number of processes that may not be read. */
  get refused(): number {
    return this.#refused;
  }

  get(pid: number): KnownProcess | undefined {
    return this.#processes.get(pid);
  }

  /** Returns the ids of all processes that have been read. */
  pids(): Iterable<number> {
    return this.#processes.keys();
  }

  /**
   * Notes a read.
   * @returns true when another process had the number before, or none of its sockets is left
   */
  note(pid: number, read: KnownProcess): boolean {
    const before = this.#processes.get(pid);
    const isOther = before?.holder !== undefined && before.holder.startTicks !== read.holder?.startTicks;
    this.#refused += Number(read.refused) - Number(before?.refused ?? false);
    this.#processes.set(pid, read);
    if (isOther) this.#schedules.delete(pid);
    return isOther;
  }

  /** Forgets a process that has ended. */
  forget(pid: number): void {
    this.#refused -= Number(this.#processes.get(pid)?.refused ?? false);
    this.#processes.delete(pid);
    this.#schedules.delete(pid);
  }

  /** Plans the reads of a process that holds a wanted socket, unless they are planned already. */
  watch(pid: number, nowMs: number): void {
    if (this.#schedules.has(pid)) return;
    const dueMs = nowMs + rereadDelayMs(0);
    this.#schedules.set(pid, { rereads: 0, dueMs });
    this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
  }

  /** Returns the processes that are due, and plans their next read. */
  takeDue(nowMs: number): readonly number[] {
    const due: number[] = [];
    if (nowMs < this.#nextDueMs) return due;
    this.#nextDueMs = Number.POSITIVE_INFINITY;
    for (const [pid, schedule] of this.#schedules) {
      if (schedule.dueMs <= nowMs) {
        due.push(pid);
        schedule.dueMs = nowMs + rereadDelayMs(++schedule.rereads);
      }
      this.#nextDueMs = Math.min(this.#nextDueMs, schedule.dueMs);
    }
    return due;
  }

  /** Time before which no read is due; infinite without any. */
  get nextDueMs(): number {
    return this.#nextDueMs;
  }
}
