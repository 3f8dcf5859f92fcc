import { type Logger, TroubleLog } from '../../log/index.js';
import type { StreamMetrics } from '../../metrics/index.js';
import type { FrameQueue, StreamFrame } from './frame-queue.js';
import { STREAM_KINDS, type StreamKind } from './kinds.js';
import { OpenSegment, type StreamDisk } from './open-segment.js';
import type { SegmentFolder } from './segment-folder.js';
import { StreamError } from './stream-error.js';

/** Delay from a failure to the first try, and the longest delay between two tries, milliseconds. */
const FIRST_DELAY_MS = 100;
const MOST_DELAY_MS = 5000;
/** Age at which a segment is finished, milliseconds: what is carried away waits no longer. */
const SEGMENT_MS = 600_000;

/** Options of {@link SegmentWriter}. */
export interface SegmentWriterOptions {
  readonly folder: string;
  readonly epoch: string;
  /** Size at which a segment is finished, bytes. */
  readonly segmentBytes: number;
  readonly queue: FrameQueue;
  readonly segments: Pick<SegmentFolder, 'add' | 'mend' | 'keepWithin'>;
  readonly disk: StreamDisk;
  readonly metrics: Pick<StreamMetrics, 'rows' | 'writtenBytes' | 'errors' | 'waitingBytes'>;
  readonly log: Logger;
  /** Called with a frame whose compression failed. */
  readonly onUncompressed: (frame: StreamFrame) => void;
  /** Monotonic clock, milliseconds. */
  readonly nowMs: () => number;
}

/**
 * Writes frames to segments, one after the other: the disk has at most one call of the stream at a time, so that
 * archives on the same disk wait for no more than that. What fails is tried again, for ever; the queue has the bound.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #trouble: TroubleLog;
  readonly #open = new Map<StreamKind, OpenSegment>();
  /** Number of the next frame by kind. */
  readonly #next = new Map<StreamKind, number>(STREAM_KINDS.map((kind) => [kind, 0]));
  /** Kinds whose segment is to be finished. */
  readonly #due = new Set<StreamKind>();
  #isRunning = false;
  #isStopped = false;
  /** True at the end, when no segment is to be left unfinished. */
  #isFinishing = false;
  #delayMs = 0;
  #tryAtMs = 0;
  #steps = 0;
  #onIdle: (() => void)[] = [];

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
  }

  /** True while the disk fails. */
  get isSick(): boolean {
    return this.#delayMs > 0;
  }

  /** Number of steps that succeeded, to detect progress. */
  get steps(): number {
    return this.#steps;
  }

  /** Writes what waits, unless it is being written. Called with each new frame, and some times a second. */
  work(): void {
    const nowMs = this.#options.nowMs();
    for (const [kind, { openedMs }] of this.#open) if (nowMs - openedMs >= SEGMENT_MS) this.#due.add(kind);
    if (this.#isRunning || this.#isStopped || nowMs < this.#tryAtMs) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Finishes all segments after the frames that wait. */
  finish(): void {
    this.#isFinishing = true;
    this.work();
  }

  /** Waits until nothing is to be written, at most `timeoutMs`. Returns whether that is so. */
  async idle(timeoutMs: number): Promise<boolean> {
    if (this.#isIdle) return true;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
      this.#onIdle.push(resolve);
      this.work();
    });
    clearTimeout(timer);
    return this.#isIdle;
  }

  /** Writes nothing more. */
  stop(): void {
    this.#isStopped = true;
  }

  get #isIdle(): boolean {
    const hasFinished = !this.#isFinishing || this.#open.size === 0;
    return !this.#isRunning && this.#options.queue.size === 0 && this.#due.size === 0 && hasFinished;
  }

  async #run(): Promise<void> {
    const { metrics, queue } = this.#options;
    try {
      while (!this.#isStopped && (await this.#step())) this.#steps++;
      if (this.isSick) this.#recovered();
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#failed(error);
    } finally {
      this.#isRunning = false;
      metrics.waitingBytes.set(queue.bytes);
    }
    if (this.#isIdle) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #failed(error: StreamError): void {
    this.#options.metrics.errors.inc();
    this.#trouble.failed('stream: segments cannot be written; rows wait in memory', { error: error.message });
    this.#delayMs = this.isSick ? Math.min(this.#delayMs * 2, MOST_DELAY_MS) : FIRST_DELAY_MS;
    this.#tryAtMs = this.#options.nowMs() + this.#delayMs;
  }

  #recovered(): void {
    this.#trouble.succeeded('stream: segments are written again');
    this.#delayMs = 0;
  }

  /** Does one thing. Returns false if there is nothing to do. @throws StreamError */
  async #step(): Promise<boolean> {
    const [due] = this.#due;
    const frame = this.#options.queue.head;
    const [open] = this.#isFinishing ? this.#open.keys() : [];
    if (due !== undefined) await this.#seal(due);
    else if (frame !== undefined) await this.#write(frame);
    else if (open !== undefined) await this.#seal(open);
    else return false;
    return true;
  }

  async #seal(kind: StreamKind): Promise<void> {
    const { segments } = this.#options;
    const segment = this.#open.get(kind);
    if (segment !== undefined) {
      try {
        segments.add(await segment.seal());
      } catch (error) {
        if (!segment.isSound) await this.#abandon(kind, segment);
        throw error;
      }
      this.#open.delete(kind);
    }
    this.#due.delete(kind);
    await this.#keepWithin(kind);
  }

  /** Keeps the bound of the folder after a write. Writing losses must not cause further ones, which would not be reported. */
  async #keepWithin(kind: StreamKind): Promise<void> {
    if (kind !== 'l') await this.#options.segments.keepWithin(this.#openBytes);
  }

  async #write(frame: StreamFrame): Promise<void> {
    const { queue, metrics, onUncompressed, segmentBytes } = this.#options;
    const compressed = await frame.compressed;
    if (compressed === undefined) {
      if (queue.remove(frame)) onUncompressed(frame);
      return;
    }
    // Too much may have waited meanwhile.
    if (queue.head !== frame) return;
    const { kind, lines } = frame;
    frame.isWriting = true;
    try {
      await this.#append(kind, compressed, lines);
    } finally {
      frame.isWriting = false;
    }
    queue.remove(frame);
    metrics.rows.inc(kind, lines);
    metrics.writtenBytes.inc(kind, compressed.length);
    if ((this.#open.get(kind)?.length ?? 0) >= segmentBytes) this.#due.add(kind);
    await this.#keepWithin(kind);
  }

  async #append(kind: StreamKind, frame: Buffer, rows: number): Promise<void> {
    const { folder, epoch, disk, nowMs } = this.#options;
    const segment = this.#open.get(kind);
    if (segment === undefined) {
      const first = this.#next.get(kind) ?? 0;
      const options = { folder, kind, epoch, first, disk, openedMs: nowMs() };
      this.#opened(await OpenSegment.create(options, frame, rows));
      return;
    }
    try {
      await segment.append(frame, rows);
    } catch (error) {
      if (!segment.isSound) await this.#abandon(kind, segment);
      throw error;
    }
    this.#next.set(kind, segment.next);
  }

  #opened(segment: OpenSegment): void {
    this.#open.set(segment.kind, segment);
    this.#next.set(segment.kind, segment.next);
  }

  /** Leaves a segment that cannot be written any more, and finishes it with what can be read of it. */
  async #abandon(kind: StreamKind, segment: OpenSegment): Promise<void> {
    this.#open.delete(kind);
    this.#due.delete(kind);
    await segment.abandon();
    const { epoch, first } = segment;
    await this.#options.segments.mend(kind, { epoch, first, isOpen: true }, segment.rows);
  }

  get #openBytes(): number {
    let bytes = 0;
    for (const { length } of this.#open.values()) bytes += length;
    return bytes;
  }
}
