import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { AnyBatch, Listening, Poller, WatchBatch, Watcher } from '../../native/index.js';
import type { Netns } from '../../parse/index.js';
import type { CreatePoller } from '../index.js';
import type { RecordedEntry, RecordedEvent } from './entry.js';
import { PlayedWatcher } from './played-watcher.js';
import type { Recording } from './read-recording.js';
import { RecordingError } from './recording-error.js';
import { type Moment, SteppedClock } from './stepped-clock.js';

/** Options of {@link RecordingPlayer}. */
export interface RecordingPlayerOptions {
  /** Path of the recording, for errors. */
  readonly path: string;
  readonly recording: Recording;
  /** Plays as fast as the disk takes the archives (`max`), or as fast as it was recorded (`real`). */
  readonly speed: 'max' | 'real';
}

/** Calls of {@link RecordingPlayer.play}. */
export interface PlayCalls {
  /** A network namespace is recorded from here on. Its source is the one that the next `addSource` returns. */
  readonly entered: (netns: Netns) => void;
  /** A connection is read from here on, or at another interval. */
  readonly watched: (watch: RecordedEvent & { readonly kind: 'watched' }) => void;
  /** A connection that goes on is read no longer. */
  readonly unwatched: (watch: number) => void;
  /** All archives are to be closed. */
  readonly rotated: () => void;
  /** True while too much waits for the disk. */
  readonly isBusy: () => boolean;
  /** The recorded collector stopped here, or the recording ends here: the collector must stop. */
  readonly ended: () => void;
  /** Waits as long as the user wants to look at what was played, before the collector stops. */
  readonly hold: () => Promise<void>;
  /** Something is missing or damaged in the recording. */
  readonly damaged: (error: RecordingError) => void;
}

/** Timer of the collector in a replay. */
interface Timer {
  readonly ms: number;
  readonly run: () => void;
  /** Time of day at which it is due, milliseconds since 1970; only if the recording has no ticks of it. */
  dueMs: number | undefined;
}

/** Timers tick this long after a full period, so that what belongs to the period is there. */
const JUST_AFTER_MS = 2;
const BUSY_MS = 5;
/** Longest wait for a disk that takes nothing: then it is the collector that decides what to drop. */
const MAX_BUSY_MS = 10_000;
/** Entries that are played without letting other work run. */
const ENTRIES_A_TURN = 16;

/**
 * Plays a recording: hands over the recorded batches as the poll thread did, lets timers tick where they ticked, and
 * sets the clock to the recorded times. Asks the kernel nothing.
 */
export class RecordingPlayer {
  readonly clock = new SteppedClock();
  readonly #options: RecordingPlayerOptions;
  readonly #entries: AsyncGenerator<RecordedEntry, void, undefined>;
  /** Entries before the first batch, which the collector must know at its start. */
  readonly #before: (RecordedEvent & { readonly kind: 'entered' })[] = [];
  #next: RecordedEntry | undefined;
  /** Fault of the recording that ends it. */
  #fault: RecordingError | undefined;
  readonly #timers = new Map<string, Timer>();
  /** Names of timers with ticks in the recording. */
  readonly #recorded = new Set<string>();
  readonly #listening = new Map<number, Listening | undefined>();
  #entering = 0;
  /** Number of the watch that begins. */
  #beginning = 0;
  #onBatch: ((batch: AnyBatch) => void) | undefined;
  #watcher: PlayedWatcher | undefined;
  /** Entries behind the current one: what the thread of reads delivered while it was processed. */
  readonly #flushed: (RecordedEntry & { readonly kind: 'flushed' })[] = [];
  #startMs = 0;
  #firstMs = 0;
  /** True once the collector was told to stop. */
  #hasStopping = false;
  /** True when the collector has asked the poll thread to stop. */
  #isStopped = false;
  #finish: () => void = () => undefined;
  readonly #played = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  constructor(options: RecordingPlayerOptions) {
    this.#options = options;
    this.#entries = options.recording.entries();
  }

  /** Reads what the collector must know at its start. */
  async open(): Promise<void> {
    for (;;) {
      const entry = await this.#read();
      if (entry === undefined) return;
      this.clock.set(entry.at);
      if (entry.kind === 'batch' || entry.kind === 'watched') {
        this.#next = entry;
        return;
      }
      if (entry.kind === 'listening') this.#listening.set(entry.source, entry.listening);
      else if (entry.kind === 'timer') this.#recorded.add(entry.name);
      else if (entry.kind === 'entered') this.#before.push(entry);
    }
  }

  /** Creates the poll thread of the collector. */
  readonly createPoller: CreatePoller = (_options, onBatch) => {
    this.#onBatch = onBatch;
    const poller: Poller = {
      start: () => undefined,
      stop: async () => {
        this.#isStopped = true;
        await this.#played;
      },
      addSource: () => this.#entering,
      removeSource: () => undefined,
      latest: () => undefined,
      size: () => 0,
      listening: (source) => this.#listening.get(source),
      setFilters: () => undefined,
      setStride: () => undefined,
    };
    return poller;
  };

  /** Creates the thread that reads watched connections. */
  createWatcher(_options: unknown, onBatch: (batch: WatchBatch) => void): Watcher {
    const flush = (): readonly WatchBatch[] => {
      const entry = this.#flushed.shift();
      if (entry !== undefined) this.clock.set(entry.at);
      return entry?.batches ?? [];
    };
    this.#watcher = new PlayedWatcher(onBatch, flush, () => this.#beginning);
    return this.#watcher;
  }

  /**
   * Calls a function where a timer of this name ticked. If the recorded collector had none, it ticks by the recorded
   * time of day, just after each full period. Returns a function that ends the calls.
   */
  every(name: string, ms: number, run: () => void): () => void {
    this.#timers.set(name, { ms, run, dueMs: undefined });
    return () => void this.#timers.delete(name);
  }

  /** Enters the namespaces that were recorded from the start. */
  enterFirst(enter: (netns: Netns) => void): void {
    for (const entry of this.#before) this.#enter(entry, enter);
  }

  /** Plays everything. Resolves at the end, after `ended` was called. */
  async play(calls: PlayCalls): Promise<void> {
    this.#startMs = performance.now();
    this.#firstMs = this.clock.monotonicMs();
    let count = 0;
    try {
      for (let entry = this.#next; entry !== undefined; entry = this.#next) {
        this.#next = await this.#readBehind();
        if (this.#isEndedByUser(entry)) break;
        if (this.#options.speed === 'real') await this.#wait(entry.at);
        await this.#waitForDisk(calls);
        if (++count % ENTRIES_A_TURN === 0) await turn();
        this.#tickBefore(entry.at);
        this.clock.set(entry.at);
        if (entry.kind === 'stopping') await this.#stop(calls);
        else this.#take(entry, calls);
      }
    } finally {
      await this.#entries.return();
      await this.#options.recording.close();
    }
    if (this.#fault !== undefined) calls.damaged(this.#fault);
    await this.#stop(calls);
    this.#finish();
  }

  /** True when the collector stops although the recorded one went on. */
  #isEndedByUser(entry: RecordedEvent): boolean {
    return this.#isStopped && !this.#hasStopping && entry.kind !== 'stopping';
  }

  async #stop({ hold, ended }: PlayCalls): Promise<void> {
    if (this.#hasStopping) return;
    this.#hasStopping = true;
    if (!this.#isStopped) await hold();
    ended();
  }

  #take(entry: RecordedEntry, calls: PlayCalls): void {
    switch (entry.kind) {
      case 'batch':
        if (entry.batch.kind === 'watch') this.#watcher?.deliver(entry.batch);
        else this.#onBatch?.(entry.batch);
        break;
      case 'watched':
        this.#beginning = entry.watch;
        calls.watched(entry);
        break;
      case 'unwatched':
        calls.unwatched(entry.watch);
        break;
      case 'tick':
        this.#timers.get(entry.name)?.run();
        break;
      case 'entered':
        this.#enter(entry, calls.entered);
        break;
      case 'listening':
        this.#listening.set(entry.source, entry.listening);
        break;
      case 'rotated':
        calls.rotated();
        break;
      case 'timer':
        this.#recorded.add(entry.name);
        break;
      case 'flushed':
      case 'stopping':
      case 'stopped':
        break;
      case 'lost': {
        const reason = `${entry.batches} batches are missing, which the collector could not write`;
        calls.damaged(new RecordingError(this.#options.path, 'ERR_RECORDING_GAP', reason));
      }
    }
  }

  #enter({ source, netns }: RecordedEvent & { readonly kind: 'entered' }, enter: (netns: Netns) => void): void {
    this.#entering = source;
    enter(netns);
  }

  /** Lets timers tick that are due before a moment, if the recording has no ticks of theirs. */
  #tickBefore({ monotonicMs, timestamp }: Moment): void {
    const nowMs = Date.parse(timestamp);
    for (const [name, timer] of this.#timers) {
      if (this.#recorded.has(name)) continue;
      timer.dueMs ??= dueAfter(nowMs, timer.ms);
      if (nowMs < timer.dueMs) continue;
      timer.dueMs = dueAfter(nowMs, timer.ms);
      this.clock.set({ monotonicMs, timestamp });
      timer.run();
    }
  }

  /** Reads what belongs to the entry before, and the entry behind that. */
  async #readBehind(): Promise<RecordedEntry | undefined> {
    this.#flushed.length = 0;
    for (;;) {
      const entry = await this.#read();
      if (entry?.kind !== 'flushed') return entry;
      this.#flushed.push(entry);
    }
  }

  async #read(): Promise<RecordedEntry | undefined> {
    try {
      const next = await this.#entries.next();
      return next.done === true ? undefined : next.value;
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      this.#fault = error;
      return undefined;
    }
  }

  async #wait({ monotonicMs }: Moment): Promise<void> {
    const restMs = monotonicMs - this.#firstMs - (performance.now() - this.#startMs);
    if (restMs > 1) await sleep(restMs);
  }

  /** Waits until the disk has taken what waits: at full speed, archives would be cut elsewhere, or lost. */
  async #waitForDisk({ isBusy }: PlayCalls): Promise<void> {
    for (let waitedMs = 0; waitedMs < MAX_BUSY_MS && isBusy(); waitedMs += BUSY_MS) await sleep(BUSY_MS);
  }
}

function dueAfter(nowMs: number, ms: number): number {
  return nowMs - (nowMs % ms) + ms + JUST_AFTER_MS;
}
