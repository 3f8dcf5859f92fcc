import { KERNEL_FILE_BYTES, readSmallFile } from '../../files/index.js';
import type { SocketOwners } from '../../native/index.js';
import { CgroupFinder } from './cgroup-finder.js';
import { LikelyMembers } from './cgroup-members.js';
import { findCgroupMount } from './cgroup-mount.js';
import { CpuCredit } from './cpu-credit.js';
import { PodNames } from './pod-names.js';
import { ProcessSearch } from './process-search.js';
import { readRights } from './read-rights.js';
import type { Cgroup, ProcessAnswer, ProcessReports, WantedSocket } from './types.js';
import { UserNames } from './user-names.js';

/** Share of a core that the search may use, by default. */
export const DEFAULT_CPU_BUDGET = 0.02;

/** Shortest time between turns, in which new sockets gather, and between the turns of a sweep, in milliseconds. */
const GAP_MS = 50;
const SWEEP_GAP_MS = 2;
/** CPU time of the thread without which no turn begins, in milliseconds, and the most of one read. */
const LEAST_CPU_MS = 1;
const READ_CPU_MS = 4;
/** Processes of one read. */
const READ_PIDS = 1024;
/** Shortest time between surveys, in milliseconds, and the share of the budget that they may use. */
const SURVEY_MS = 500;
const SURVEY_SHARE = 0.25;
/** Time without turns after one that crashed, in milliseconds. */
const CRASHED_MS = 1000;
/** Share of the saved CPU time that is kept for new sockets. */
const SPARE_SHARE = 0.5;
const NS_PER_MS = 1e6;

/** Clocks of {@link SocketProcesses}, in milliseconds. */
export interface ProcessClock {
  /** Returns the time of a monotonic clock. */
  readonly monotonicMs: () => number;
  /** Returns the time since 1970. */
  readonly wallMs: () => number;
}

/** Options of {@link SocketProcesses}. */
export interface SocketProcessesOptions {
  /** Thread that reads; `new netlink.SocketOwners('/proc')`. */
  readonly owners: SocketOwners;
  readonly reports: ProcessReports;
  /** Share of a core that the thread may use, above 0 and up to 1 (default: 0.02). */
  readonly cpuBudget?: number;
  /** Folder where procfs is mounted (default: `/proc`). */
  readonly proc?: string;
  /** File with the names of users (default: `/etc/passwd`). */
  readonly passwd?: string;
  /** Folder that contains the kubelet's `var/log` (default: `/`). */
  readonly logRoot?: string;
  readonly clock?: ProcessClock;
}

const SYSTEM_CLOCK: ProcessClock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/**
 * Processes and cgroups of sockets. Look-ups only read maps; the search runs on a thread of its own, within its budget.
 */
export class SocketProcesses {
  readonly #owners: SocketOwners;
  readonly #reports: ProcessReports;
  readonly #clock: ProcessClock;
  readonly #share: number;
  readonly #credit: CpuCredit;
  /** CPU time that is kept for new sockets, in milliseconds. */
  readonly #spareMs: number;
  readonly #search: ProcessSearch;
  readonly #cgroups: CgroupFinder;
  readonly #members: LikelyMembers;
  readonly #failed = new Set<'survey' | 'read' | 'cgroup'>();
  #timer: NodeJS.Timeout | undefined;
  /** Time of the planned turn; infinite without one. */
  #plannedMs = Number.POSITIVE_INFINITY;
  #turn: Promise<void> | undefined;
  #turnedMs = Number.NEGATIVE_INFINITY;
  #surveyDueMs = Number.NEGATIVE_INFINITY;
  /** Time before which no turn begins, because one has crashed. */
  #resumeMs = Number.NEGATIVE_INFINITY;
  #hasCrashed = false;
  #isRunning = false;
  #hasRefused = false;

  constructor(options: SocketProcessesOptions) {
    const { owners, reports, proc = '/proc', clock = SYSTEM_CLOCK } = options;
    this.#owners = owners;
    this.#reports = reports;
    this.#clock = clock;
    this.#share = options.cpuBudget ?? DEFAULT_CPU_BUDGET;
    this.#credit = new CpuCredit(this.#share, clock.monotonicMs());
    this.#spareMs = this.#credit.mostMs * SPARE_SHARE;
    const users = new UserNames(options.passwd);
    this.#search = new ProcessSearch({
      rights: readRights(proc),
      userName: (uid) => users.nameOf(uid, clock.monotonicMs()),
      formatTime: (atMs) => new Date(clock.wallMs() - (clock.monotonicMs() - atMs)).toISOString(),
      lookedUp: reports.lookedUp,
      onReadResult: (errno) => this.#noteResult('read', errno),
    });
    this.#cgroups = new CgroupFinder({
      owners,
      mount: findCgroupMount(readMountinfo(proc)),
      podNames: new PodNames(options.logRoot),
      onSpent: (cpuNs) => this.#spend(cpuNs),
      onResult: (errno) => this.#noteResult('cgroup', errno),
    });
    this.#members = new LikelyMembers(this.#cgroups);
  }

  /** True when the processes of all users can be read, as far as is known: CAP_SYS_PTRACE, or the same user. */
  get readsOthers(): boolean {
    return this.#search.seesOthers;
  }

  /** Starts the search. */
  start(): void {
    this.#isRunning = true;
    if (!this.#search.seesOthers) this.#noteRefusal();
    this.#plan();
  }

  /** Stops the search, and resolves when its thread is idle. Answers stay. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    this.#plannedMs = Number.POSITIVE_INFINITY;
    await this.#turn;
  }

  /** Begins to look for the process and the cgroup of a socket; newest first. A socket of inode 0 has no process. */
  want(socket: WantedSocket): void {
    const isNew = this.#search.want(socket, this.#clock.monotonicMs());
    const isNewCgroup = socket.cgroupId !== undefined && this.#cgroups.want(socket.cgroupId);
    if (isNew || isNewCgroup) this.#plan();
  }

  /** Forgets a socket that is closed: its number may be used again. */
  ended(inode: number): void {
    this.#search.ended(inode);
    this.#plan();
  }

  /** Returns the process of a wanted socket, or the reason why it is unknown. The same object until that changes. */
  processOf(inode: number): ProcessAnswer {
    return this.#search.answer(inode);
  }

  /** Returns a wanted cgroup; null while it is searched for. The same object until that changes. */
  cgroupOf(id: bigint): Cgroup | null {
    return this.#cgroups.get(id);
  }

  /** Plans the next turn, unless one is planned earlier or runs, which plans the next one itself. */
  #plan(): void {
    if (!this.#isRunning || this.#turn !== undefined) return;
    const nowMs = this.#clock.monotonicMs();
    const dueMs = this.#nextTurnMs(nowMs);
    if (dueMs >= this.#plannedMs || dueMs === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.#timer);
    this.#plannedMs = dueMs;
    this.#timer = setTimeout(() => this.#begin(), Math.max(0, Math.ceil(dueMs - nowMs)));
    this.#timer.unref();
  }

  #nextTurnMs(nowMs: number): number {
    const likelyMs = this.#search.hasLikely ? nowMs : Number.POSITIVE_INFINITY;
    const surveyMs = Math.max(this.#search.surveyMs(), this.#surveyDueMs);
    const spareMs = this.#search.hasDue ? nowMs + this.#credit.waitMs(this.#spareMs, nowMs) : Number.POSITIVE_INFINITY;
    const searchMs = Math.min(likelyMs, surveyMs, spareMs, this.#search.nextDueMs(), this.#cgroups.dueMs());
    const dueMs = Math.min(
      Math.max(searchMs, this.#turnedMs + GAP_MS),
      Math.max(this.#search.sweepMs(), this.#turnedMs + SWEEP_GAP_MS),
    );
    return Math.max(dueMs, this.#resumeMs, nowMs + this.#credit.waitMs(LEAST_CPU_MS, nowMs));
  }

  #begin(): void {
    this.#plannedMs = Number.POSITIVE_INFINITY;
    const turned = (crash?: { readonly error: unknown }): void => {
      this.#turn = undefined;
      this.#turnedMs = this.#clock.monotonicMs();
      if (crash !== undefined) this.#noteCrash(crash.error);
      this.#plan();
    };
    this.#turn = this.#runTurn().then(
      () => turned(),
      (error: unknown) => turned({ error }),
    );
  }

  #noteCrash(error: unknown): void {
    this.#search.abandonSweep();
    this.#resumeMs = this.#turnedMs + CRASHED_MS;
    const isFirst = !this.#hasCrashed;
    this.#hasCrashed = true;
    this.#reports.crashed(error, isFirst);
  }

  async #runTurn(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    this.#search.takeDue(nowMs);
    if (nowMs >= this.#cgroups.dueMs()) await this.#cgroups.find(nowMs);
    const gathered = this.#search.gather();
    const likely = this.#members.of(
      gathered.map(({ cgroupId }) => cgroupId),
      nowMs,
    );
    this.#search.addLikely(await likely);
    await this.#read();
    const surveyMs = Math.max(this.#search.surveyMs(), this.#surveyDueMs);
    if (this.#clock.monotonicMs() >= surveyMs) {
      await this.#survey();
      await this.#read();
    }
    this.#search.finishSweep(this.#clock.monotonicMs());
    if (this.#search.refused > 0) this.#noteRefusal();
  }

  /** Reads one batch of processes, if there is CPU time. */
  async #read(): Promise<void> {
    const atMs = this.#clock.monotonicMs();
    const availableMs = this.#credit.available(atMs);
    if (availableMs <= 0) return;
    const batch = this.#search.nextBatch(READ_PIDS, atMs, availableMs >= this.#spareMs);
    if (batch.length === 0) return;
    const limitNs = Math.ceil(Math.min(availableMs, READ_CPU_MS) * NS_PER_MS);
    const result = await this.#owners.sockets(Uint32Array.from(batch), limitNs);
    this.#spend(result.cpuNs);
    this.#search.read(batch, result, atMs);
  }

  async #survey(): Promise<void> {
    const order = this.#search.beginSurvey();
    const survey = await this.#owners.survey();
    this.#spend(survey.cpuNs);
    const ownMs = survey.cpuNs / NS_PER_MS / (this.#share * SURVEY_SHARE);
    this.#surveyDueMs = this.#clock.monotonicMs() + Math.max(SURVEY_MS, ownMs);
    this.#noteResult('survey', survey.errno);
    if (survey.errno === 0) this.#search.surveyed(order, survey, this.#clock.monotonicMs());
  }

  #spend(cpuNs: number): void {
    this.#credit.take(cpuNs / NS_PER_MS);
    this.#reports.spent(cpuNs);
  }

  #noteResult(operation: 'survey' | 'read' | 'cgroup', errno: number): void {
    if (errno === 0) {
      this.#failed.delete(operation);
      return;
    }
    const isFirst = !this.#failed.has(operation);
    this.#failed.add(operation);
    this.#reports.failed(operation, errno, isFirst);
  }

  #noteRefusal(): void {
    if (this.#hasRefused) return;
    this.#hasRefused = true;
    this.#reports.refused();
  }
}

function readMountinfo(proc: string): string {
  try {
    return readSmallFile(`${proc}/self/mountinfo`, { maxBytes: KERNEL_FILE_BYTES }).toString();
  } catch {
    return ''; // without /proc there is no path of any cgroup either
  }
}
