import type { SocketHolder } from '../../native/index.js';
import { chooseHolder, type Holder } from './choose-holder.js';
import type { EarlierOwners } from './earlier-owners.js';
import { FoundProcess, isSame } from './found-process.js';
import type { HolderIndex } from './holder-index.js';
import type { KnownProcess, ProcessTable } from './process-table.js';
import type { LookupResult, ProcessAnswer } from './types.js';
import type { Wanted, WantedSockets } from './wanted-sockets.js';

/** Accuracy of the time at which a process was last seen to hold a socket, in milliseconds. */
const SEEN_EVERY_MS = 1000;

/** Parts of a search that {@link HolderAnswers} reads and fills, and functions for the texts of answers. */
export interface HolderAnswersParts {
  readonly wanted: WantedSockets;
  readonly index: HolderIndex;
  readonly table: ProcessTable;
  readonly owners: EarlierOwners;
  readonly userName: (uid: number) => string | null;
  /** Formats a time of the monotonic clock as RFC 3339. */
  readonly formatTime: (atMs: number) => string;
  readonly lookedUp: (result: LookupResult) => void;
}

/** Process that holds a socket, with what was read of it. */
interface DescribedHolder extends Holder {
  readonly process: KnownProcess;
  readonly holder: SocketHolder;
}

/** Answers about sockets, from the processes that hold them. */
export class HolderAnswers {
  readonly #parts: HolderAnswersParts;
  readonly #wanted: WantedSockets;
  readonly #index: HolderIndex;
  readonly #table: ProcessTable;

  constructor(parts: HolderAnswersParts) {
    this.#parts = parts;
    this.#wanted = parts.wanted;
    this.#index = parts.index;
    this.#table = parts.table;
  }

  /**
   * Returns true if a read changed nothing about a socket, but the time at which it was seen, which is only kept to a
   * second: most sockets of a process that is read again are such.
   */
  #isStillRight(wanted: Wanted, pids: readonly number[]): boolean {
    const [pid] = pids;
    if (pid === undefined || pids.length !== 1 || pid !== wanted.answer.process?.pid) return false;
    const process = this.#table.get(pid);
    if (process?.holder === undefined || wanted.holder === undefined) return false;
    if (process.readMs - wanted.seenMs >= SEEN_EVERY_MS || !isSame(process.holder, wanted.holder)) return false;
    wanted.confirmed ||= process.order > wanted.order;
    return true;
  }

  #describedHolders(pids: readonly number[]): DescribedHolder[] {
    const holders: DescribedHolder[] = [];
    for (const pid of pids) {
      const process = this.#table.get(pid);
      if (process?.holder === undefined) continue;
      const { holder } = process;
      holders.push({ pid, process, holder, ancestors: holder.ancestors });
    }
    return holders;
  }

  #answerOf(pid: number, { readMs }: KnownProcess, holder: SocketHolder, otherPids: number): ProcessAnswer {
    const { userName, formatTime } = this.#parts;
    const finding = { pid, user: userName(holder.uid), otherPids, readMs };
    return { process: new FoundProcess(holder, finding, formatTime), unknown: null };
  }

  /** Answers for a socket from its holders, as far as they are known. */
  resolve(wanted: Wanted, nowMs: number): void {
    const { socket } = wanted;
    const pids = this.#index.holders(socket.inode);
    if (this.#isStillRight(wanted, pids)) {
      this.#wanted.found(wanted, wanted.answer);
      return;
    }
    const holders = this.#describedHolders(pids);
    const chosen = chooseHolder(holders);
    if (chosen === undefined) return;
    const { pid, process, holder } = chosen;
    const wasKnown = wanted.answer.process !== null;
    wanted.confirmed ||= process.order > wanted.order;
    const isOnly = holders.length === 1;
    const answer = (isOnly ? process.answer : undefined) ?? this.#answerOf(pid, process, holder, holders.length - 1);
    if (isOnly) process.answer = answer;
    this.#wanted.found(wanted, answer);
    wanted.holder = isOnly ? holder : undefined;
    wanted.seenMs = process.readMs;
    this.#table.watch(pid, nowMs);
    this.#parts.owners.note(socket, pid);
    if (!wasKnown) this.#parts.lookedUp('found');
  }
}
