import { getSystemErrorName } from 'node:util';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { RecordingMetrics } from '../../metrics/index.js';
import type { WatchBatch, Watcher } from '../../native/index.js';
import type { Netns } from '../../parse/index.js';
import type { CreatePoller } from '../index.js';
import type { RecordedBatch } from './batch-codec.js';
import { CONTINUED, encodeEntry, type RecordedEvent } from './entry.js';
import { encodeHeader, type RecordingHeader } from './header.js';
import { RecordingError } from './recording-error.js';
import { RecordingFile, type RecordingFileOptions, WriteFailure } from './recording-file.js';
import { RecordingPoller } from './recording-poller.js';
import { RecordingWatcher } from './recording-watcher.js';
import { SteppedClock } from './stepped-clock.js';

/** Options of {@link NetlinkRecorder}. */
export interface NetlinkRecorderOptions extends Omit<RecordingFileOptions, 'header'> {
  readonly header: Omit<RecordingHeader, 'part' | 'isAnonymized'>;
  readonly metrics: RecordingMetrics;
  readonly log: Logger;
  /** Bytes of lines that may wait for the disk; beyond it batches are lost and counted. Default: 32 MiB. */
  readonly maxWaitingBytes?: number;
}

const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Lines that are written at once, without waiting for the next look. */
const ENOUGH_BYTES = 256 * 1024;
const LOOK_EVERY_MS = 500;

/**
 * Writes what a poll thread hands over to a recording, with everything else that decides what the collector does: the
 * ticks of its timers and the time of its clock. The writes are those of other threads: when they fall behind, batches
 * are lost and counted, and the recording says so.
 */
export class NetlinkRecorder {
  readonly clock = new SteppedClock();
  readonly #options: NetlinkRecorderOptions;
  readonly #file: RecordingFile;
  readonly #trouble: TroubleLog;
  /** Lines that a new file must begin with, by source: those of its namespace and its subscription. */
  readonly #state = new Map<number, Map<string, string>>();
  /** Names of timers that the recording has. */
  readonly #timers = new Set<string>();
  #lines: string[] = [];
  #waitingBytes = 0;
  /** Bytes of lines that are being written. */
  #writingBytes = 0;
  #lostBatches = 0;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NetlinkRecorderOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
    this.#file = new RecordingFile({
      ...options,
      header: (part) => encodeHeader({ ...options.header, part, isAnonymized: false }) + this.#stateLines(part),
    });
  }

  /**
   * Begins the file.
   * @throws RecordingError
   */
  async open(): Promise<void> {
    const { path } = this.#options;
    try {
      await this.#file.write(Buffer.from(encodeEntry({ kind: 'tick', name: 'opened' }, this.clock.step())));
    } catch (error) {
      if (!(error instanceof WriteFailure)) throw error;
      const reason = `cannot be written: ${error.syscall}: ${errorName(error)}; give another path with -record.netlink`;
      throw new RecordingError(path, 'ERR_RECORDING_FILE', reason, { cause: error });
    }
    this.#timer = setInterval(() => this.#write(), LOOK_EVERY_MS).unref();
  }

  /** Returns a function that creates poll threads as another one does, whose batches are recorded. */
  recording(create: CreatePoller): CreatePoller {
    return (options, onBatch) => {
      const poller = create(options, (batch) => {
        this.#recordBatch(batch);
        onBatch(batch);
      });
      return new RecordingPoller(poller, {
        listening: (source, listening) => this.#record({ kind: 'listening', source, listening }),
        stopped: () => this.#record({ kind: 'stopped' }),
      });
    };
  }

  /** Returns a function that creates threads of reads as another one does, whose batches are recorded. */
  watching<Options>(
    create: (options: Options, onBatch: (batch: WatchBatch) => void) => Watcher,
  ): (options: Options, onBatch: (batch: WatchBatch) => void) => Watcher {
    return (options, onBatch) =>
      new RecordingWatcher((callback) => create(options, callback), onBatch, {
        batch: (batch) => this.#recordBatch(batch),
        flushed: (batches) => this.#record({ kind: 'flushed', batches }),
      });
  }

  /** Records that a connection is read from here on, or at another interval. */
  watched(watch: Omit<RecordedEvent & { readonly kind: 'watched' }, 'kind'>): void {
    this.#record({ kind: 'watched', ...watch });
  }

  /** Records that a connection that goes on is read no longer, before its last batches. */
  unwatched(watch: number): void {
    this.#record({ kind: 'unwatched', watch });
  }

  /**
   * Calls a function on a timer, and records each call. Returns a function that ends the calls; the timer may then be
   * started again.
   */
  every(name: string, ms: number, run: () => void): () => void {
    if (!this.#timers.has(name)) this.#record({ kind: 'timer', name });
    this.#timers.add(name);
    const timer = setInterval(() => {
      this.#record({ kind: 'tick', name });
      run();
    }, ms).unref();
    return () => clearInterval(timer);
  }

  /** Records a call of what a timer of this name does, at another moment than the timer's. */
  ticked(name: string): void {
    this.#record({ kind: 'tick', name });
  }

  /** Records that a network namespace is recorded, as this source. */
  entered(netns: Netns, source: number): void {
    this.#record({ kind: 'entered', source, netns });
  }

  /** Records that all archives are closed. */
  rotated(): void {
    this.#record({ kind: 'rotated' });
  }

  /** Records that the collector stops. */
  stopping(): void {
    this.#record({ kind: 'stopping' });
  }

  /** Writes what waits, and closes the file. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#lines.length > 0 || this.#writing !== undefined) {
      this.#write();
      await this.#writing;
    }
    try {
      await this.#file.close();
    } catch (error) {
      this.#failed(error, 0);
    }
  }

  #recordBatch(batch: RecordedBatch): void {
    this.#options.metrics.batches.inc();
    const limit = this.#options.maxWaitingBytes ?? MAX_WAITING_BYTES;
    if (this.#waitingBytes + this.#writingBytes >= limit) {
      this.clock.step();
      this.#lose(1, 'too much waits for the disk');
      return;
    }
    this.#record({ kind: 'batch', batch });
    if (batch.kind === 'removed') this.#state.delete(batch.source);
  }

  #record(event: RecordedEvent): void {
    const at = this.clock.step();
    if (this.#lostBatches > 0 && event.kind !== 'lost') {
      const batches = this.#lostBatches;
      this.#lostBatches = 0;
      this.#push(encodeEntry({ kind: 'lost', batches }, at));
    }
    const line = encodeEntry(event, at);
    if (event.kind === 'entered' || event.kind === 'listening') this.#keep(event.source, event.kind, line);
    this.#push(line);
  }

  #keep(source: number, kind: string, line: string): void {
    const lines = this.#state.get(source) ?? new Map<string, string>();
    lines.set(kind, line);
    this.#state.set(source, lines);
  }

  /** Returns the lines that a later file begins with. */
  #stateLines(part: number): string {
    if (part === 0) return '';
    const lines = [...this.#state.values()].flatMap((each) => [...each.values()]);
    const moment = { monotonicMs: this.clock.monotonicMs(), timestamp: this.clock.timestamp() };
    return lines.join('') + encodeEntry({ kind: 'tick', name: CONTINUED }, moment);
  }

  #push(line: string): void {
    this.#lines.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= ENOUGH_BYTES) this.#write();
  }

  #write(): void {
    if (this.#writing !== undefined || this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#writingBytes = this.#waitingBytes;
    this.#lines = [];
    this.#waitingBytes = 0;
    this.#writing = this.#writeNow(lines).finally(() => {
      this.#writing = undefined;
      this.#writingBytes = 0;
      if (this.#waitingBytes >= ENOUGH_BYTES) this.#write();
    });
  }

  async #writeNow(lines: readonly string[]): Promise<void> {
    try {
      this.#options.metrics.bytes.inc(await this.#file.write(Buffer.from(lines.join(''))));
      this.#trouble.succeeded('recording is written again', { file: this.#options.path });
    } catch (error) {
      this.#failed(error, lines.filter((line) => line.includes('"Batch":')).length);
    }
  }

  #failed(error: unknown, batches: number): void {
    const reason = error instanceof WriteFailure ? `${error.syscall}: ${errorName(error)}` : String(error);
    this.#lose(batches, reason);
  }

  #lose(batches: number, reason: string): void {
    this.#lostBatches += batches;
    this.#options.metrics.lost.inc(batches);
    this.#trouble.failed('recording is incomplete (tcpinfo_netlink_recording_lost_batches_total)', {
      file: this.#options.path,
      reason,
    });
  }
}

function errorName({ errno }: WriteFailure): string {
  return errno === 0 ? 'unknown error' : getSystemErrorName(-errno);
}
