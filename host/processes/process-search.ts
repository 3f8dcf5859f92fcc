import type { ProcessSockets, ProcessSurvey, ReadProcess, SocketHolder } from '../../native/index.js';
import { EarlierOwners } from './earlier-owners.js';
import { isEnd, isRefusal } from './errno.js';
import { HolderAnswers } from './holder-answers.js';
import { HolderIndex } from './holder-index.js';
import { ProcessTable } from './process-table.js';
import { INIT_PID, type ReadRights } from './read-rights.js';
import { orderProcesses, Sweep } from './sweep.js';
import type { LookupResult, ProcessAnswer, WantedSocket } from './types.js';
import { UNKNOWN, WantedSockets } from './wanted-sockets.js';

/** Sockets in the index from which only wanted ones are added. */
const MAX_INDEXED = 200_000;
/** Sockets whose likely holders are gathered at once. */
const GATHERED = 256;
/** Numbers for each socket in {@link ProcessSockets}. */
const PER_SOCKET = 3;
/** Times for which only likely holders of a socket are read, then only changed processes, in milliseconds. */
const SURVEY_AFTER_MS = 100;
const SWEEP_AFTER_MS = 400;

/** Options of {@link ProcessSearch}. */
export interface ProcessSearchOptions {
  readonly rights: ReadRights;
  readonly userName: (uid: number) => string | null;
  /** Formats a time of the monotonic clock as RFC 3339. */
  readonly formatTime: (atMs: number) => string;
  readonly lookedUp: (result: LookupResult) => void;
  /** Called with the errno of a read that failed, e.g. for lack of descriptors, and with 0 for a batch without. */
  readonly onReadResult: (errno: number) => void;
}

/**
 * Search for the processes of sockets. Decides which processes to read next, and combines what was read. The caller
 * reads, and gives the time.
 */
export class ProcessSearch {
  readonly #options: ProcessSearchOptions;
  readonly #wanted = new WantedSockets();
  readonly #index = new HolderIndex(MAX_INDEXED);
  readonly #table = new ProcessTable();
  readonly #owners = new EarlierOwners();
  readonly #answers: HolderAnswers;
  /** Processes to read before those of the sweep. */
  readonly #urgent = new Set<number>();
  /** Processes to read again, by the schedule. */
  readonly #due = new Set<number>();
  #sweep: Sweep | undefined;
  /** Number of the last happening: a request, a survey or a read. */
  #order = 0;

  constructor(options: ProcessSearchOptions) {
    this.#options = options;
    const { userName, formatTime, lookedUp } = options;
    const parts = { wanted: this.#wanted, index: this.#index, table: this.#table, owners: this.#owners };
    this.#answers = new HolderAnswers({ ...parts, userName, formatTime, lookedUp });
  }

  /** True when no process is known that may not be read, with the exception of {@link refused}. */
  get seesOthers(): boolean {
    return this.#options.rights.seesOthers && this.refused === 0;
  }

  /** Number of known processes that may not be read. With CAP_SYS_PTRACE without the first one: the system protects it. */
  get refused(): number {
    const { refused } = this.#table;
    const isProtected = this.#options.rights.mayTrace && this.#table.get(INIT_PID)?.refused === true;
    return isProtected ? refused - 1 : refused;
  }

  /** True when there are likely holders to read. */
  get hasLikely(): boolean {
    return this.#urgent.size > 0 || this.#wanted.hasUntried;
  }

  /** Returns the time from which the processes must be surveyed; infinite without need. */
  surveyMs(): number {
    return this.#wanted.oldestMs() + SURVEY_AFTER_MS;
  }

  /** Returns the time from which all processes must be read; infinite without need. */
  sweepMs(): number {
    return this.#sweep === undefined ? Number.POSITIVE_INFINITY : this.#wanted.oldestMs() + SWEEP_AFTER_MS;
  }

  /** Returns the process of a socket, or the reason why it is unknown. */
  answer(inode: number): ProcessAnswer {
    if (inode === 0) return UNKNOWN.none;
    return this.#wanted.get(inode)?.answer ?? UNKNOWN.gone;
  }

  /** Begins to search for the process of a socket. Returns false when it is searched for already. */
  want(socket: WantedSocket, nowMs: number): boolean {
    if (socket.inode === 0 || this.#wanted.get(socket.inode) !== undefined) return false;
    const wanted = this.#wanted.add(socket, ++this.#order, nowMs);
    this.#answers.resolve(wanted, nowMs);
    return true;
  }

  /** Forgets a socket that is closed. */
  ended(inode: number): void {
    const wanted = this.#wanted.remove(inode);
    if (wanted === undefined) return;
    if (wanted.answer.unknown === 'pending') this.#options.lookedUp('gone');
    // A client that closes a connection often opens another one.
    this.addLikely(this.#index.holders(inode));
    this.#index.forgetSocket(inode);
  }

  /** Adds what has become due. */
  takeDue(nowMs: number): void {
    this.#wanted.retry(nowMs, ++this.#order);
    for (const pid of this.#table.takeDue(nowMs)) this.#due.add(pid);
  }

  /** True when processes wait to be read again by the schedule. */
  get hasDue(): boolean {
    return this.#due.size > 0;
  }

  /** Returns the time at which {@link takeDue} has something; infinite without any. */
  nextDueMs(): number {
    return Math.min(this.#wanted.nextRetryMs, this.#table.nextDueMs);
  }

  /**
   * Gathers the likely holders of new sockets.
   * @returns the sockets, whose cgroups may have more likely holders: see {@link addLikely}
   */
  gather(): readonly WantedSocket[] {
    const untried = this.#wanted.takeUntried(GATHERED);
    for (const { socket, order } of untried) {
      const candidates = this.#owners.candidates(socket);
      this.addLikely(candidates.filter((pid) => (this.#table.get(pid)?.order ?? 0) < order));
    }
    return untried.map(({ socket }) => socket);
  }

  /** Adds processes to read next. */
  addLikely(pids: Iterable<number>): void {
    for (const pid of pids) this.#urgent.add(pid);
  }

  /** Begins a survey. Returns its number, for {@link surveyed}. */
  beginSurvey(): number {
    return ++this.#order;
  }

  /** Notes the processes of a survey: forgets those that have ended, and reads those that have changed. */
  surveyed(order: number, survey: ProcessSurvey, nowMs: number): void {
    const living = new Set(survey.pids);
    for (const pid of this.#table.pids()) if (!living.has(pid)) this.#forget(pid, nowMs);
    const { changed, rest } = orderProcesses(survey, this.#table);
    this.addLikely(changed);
    this.#sweep ??= new Sweep(order, [...changed, ...rest]);
  }

  /**
   * Returns the processes to read next, at most `limit`.
   * @param isSpare true when there is CPU time left for processes that are read again by the schedule
   */
  nextBatch(limit: number, nowMs: number, isSpare: boolean): readonly number[] {
    // No socket that the sweep would settle is searched for any longer.
    if (this.#sweep !== undefined && !this.#wanted.isSearchedBefore(this.#sweep.order)) this.#sweep = undefined;
    const batch = new Set<number>();
    move(this.#urgent, batch, limit);
    // A sweep reads those that are due too.
    if (nowMs >= this.sweepMs()) this.#sweep?.fill(batch, this.#table, limit);
    else if (isSpare) move(this.#due, batch, limit);
    return [...batch];
  }

  /** Notes the sockets of a batch's first processes, as far as they were read. `atMs` is the time of the request. */
  read(batch: readonly number[], { processes, sockets }: ProcessSockets, atMs: number): void {
    const order = ++this.#order;
    let at = 0;
    for (const [i, process] of processes.entries()) {
      const inodes = new Uint32Array(process.sockets);
      for (let j = 0; j < inodes.length; j++, at += PER_SOCKET) inodes[j] = sockets[at + 2] ?? 0;
      this.#noteProcess(batch[i] ?? 0, process, inodes, { readMs: atMs, order });
    }
    const hasFailed = ({ errno }: ReadProcess): boolean => errno !== 0 && !isRefusal(errno) && !isEnd(errno);
    if (!processes.some(hasFailed)) this.#options.onReadResult(0);
    const sweepOrder = this.#sweep?.order ?? 0;
    const isReread = (pid: number): boolean => (this.#table.get(pid)?.order ?? 0) > sweepOrder;
    const unread = batch.slice(processes.length);
    this.addLikely(this.#sweep === undefined ? unread : unread.filter(isReread));
    this.#sweep?.giveBack(unread.filter((pid) => !isReread(pid)));
  }

  /** Ends the search for all sockets that a finished sweep has not found. */
  finishSweep(nowMs: number): void {
    if (this.#sweep === undefined || !this.#sweep.isDone) return;
    const { order, isComplete } = this.#sweep;
    this.#sweep = undefined;
    if (!isComplete) return;
    for (const wanted of this.#wanted.giveUp(order, this.seesOthers ? 'none' : 'permission', nowMs)) {
      const { unknown } = wanted.answer;
      if (wanted.searches === 1 && unknown !== null && unknown !== 'pending') this.#options.lookedUp(unknown);
    }
  }

  /** Gives up the read of all processes, because a part of it may have been lost. */
  abandonSweep(): void {
    this.#sweep = undefined;
  }

  #noteProcess(
    pid: number,
    process: ReadProcess | SocketHolder,
    inodes: Uint32Array,
    when: { readonly readMs: number; readonly order: number },
  ): void {
    const { errno, descriptors } = process;
    const refused = isRefusal(errno);
    if (isEnd(errno)) {
      this.#forget(pid, when.readMs);
      return;
    }
    if (errno !== 0 && !refused) {
      this.#sweep?.fail();
      this.#options.onReadResult(errno);
      return;
    }
    const holder = 'startTicks' in process ? process : undefined;
    const isOther = this.#table.note(pid, { holder, descriptors, refused, ...when });
    if (isOther) this.#lose(pid, this.#index.forget(pid), when.readMs);
    const { removed } = this.#index.replace(pid, inodes, (inode) => this.#wanted.get(inode) !== undefined);
    this.#lose(pid, removed, when.readMs);
    for (const inode of inodes) {
      const wanted = this.#wanted.get(inode);
      if (wanted !== undefined) this.#answers.resolve(wanted, when.readMs);
    }
  }

  /** Forgets a process that has ended. */
  #forget(pid: number, nowMs: number): void {
    this.#table.forget(pid);
    this.#lose(pid, this.#index.forget(pid), nowMs);
  }

  /** Notes that a process does not hold sockets any longer. Their processes stay known, unless others hold them. */
  #lose(pid: number, inodes: readonly number[], nowMs: number): void {
    for (const inode of inodes) {
      const wanted = this.#wanted.get(inode);
      if (wanted === undefined) continue;
      wanted.lostHolder = true;
      if (this.#index.holders(inode).length > 0) {
        this.#answers.resolve(wanted, nowMs);
      } else if (!wanted.confirmed && wanted.answer.process?.pid === pid) {
        // Found by an earlier read, perhaps of a socket that had the same number.
        wanted.answer = UNKNOWN.pending;
        this.#wanted.search(wanted, ++this.#order, nowMs);
      }
    }
  }
}

function move(from: Set<number>, to: Set<number>, limit: number): void {
  for (const pid of from) {
    if (to.size >= limit) return;
    to.add(pid);
    from.delete(pid);
  }
}
