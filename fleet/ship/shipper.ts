import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { ShipMetrics } from '../../metrics/index.js';
import { frameMessage } from './frame-message.js';
import { Rate } from './rate.js';
import { compareFrames, Spool } from './spool.js';
import type { SpoolFrame } from './spool-segment.js';
import { type Carrier, type Refusal, RefusedError, type Transport } from './transport.js';
import { Window } from './window.js';

/** Time between two looks into the folder, and between two writes of the cursor, milliseconds. */
const LOOK_MS = 250;
const SAVE_MS = 1000;
/** Time that the acknowledgements of the last frames have at the end, milliseconds. */
const STOP_MS = 5000;
/** Delay before the second try to connect, and the longest, milliseconds. */
const FIRST_DELAY_MS = 500;
const MOST_DELAY_MS = 30_000;

/** Options of {@link Shipper}. */
export interface ShipperOptions {
  readonly folder: string;
  readonly transport: Transport;
  readonly partitions: number;
  /** Most bytes a second. */
  readonly bytesPerSecond: number;
  /** Time over which the first connection, and each after a loss, is spread by chance, milliseconds. */
  readonly spreadMs: number;
  /** True to end when everything is sent. */
  readonly once: boolean;
  readonly metrics: ShipMetrics;
  readonly log: Logger;
}

/** Carries the frames of a folder to a broker, each at least once and under the same id, until it is stopped. */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #window = new Window<SpoolFrame>(compareFrames, Math.random);
  readonly #rate: Rate;
  readonly #trouble: TroubleLog;
  readonly #stopping = new AbortController();
  #wake: () => void = () => undefined;
  #lookedMs = -Infinity;
  #savedMs = -Infinity;
  #asideFiles = 0;
  /** Error of the folder that ends the run. */
  #failure: unknown;

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#rate = new Rate(options.bytesPerSecond, monotonicMs());
    this.#trouble = new TroubleLog(options.log, { quietMs: 0 });
  }

  /** Number of files that were set aside. */
  get asideFiles(): number {
    return this.#asideFiles;
  }

  /** Ends {@link run}: no new frames; those on their way have five seconds. */
  stop(): void {
    this.#stopping.abort();
    this.#wake();
  }

  /**
   * Carries frames until it is stopped, or, with `once`, until nothing is left. Returns whether that was so.
   * @throws ShipError
   */
  async run(): Promise<boolean> {
    const { folder, partitions, metrics, log } = this.#options;
    const spool = await Spool.open({
      ...{ folder, partitions },
      onGap: (kind, frames) => {
        metrics.gapFrames.inc(frames);
        log.warn('frames were deleted before they were sent: the folder was full', { kind, frames });
      },
      onAside: (path) => {
        this.#asideFiles++;
        log.error('set aside: it cannot be read, or no broker takes it', { path });
      },
    });
    try {
      return await this.#runWith(spool);
    } finally {
      await spool.save();
      spool.close();
    }
  }

  async #runWith(spool: Spool): Promise<boolean> {
    if (!this.#options.once) await this.#pause(Math.random() * this.#options.spreadMs);
    let isDone = false;
    while (!isDone && !this.#isStopping) {
      const carrier = await this.#connect(spool);
      if (carrier === undefined) break;
      this.#options.metrics.connected.set(1);
      try {
        isDone = await this.#carry(spool, carrier);
      } finally {
        this.#options.metrics.connected.set(0);
        await carrier.close();
      }
      this.#window.disconnected();
      if (!isDone && !this.#isStopping) await this.#pause(Math.random() * this.#options.spreadMs);
    }
    return isDone;
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Connects, however often it takes. Returns undefined when it is stopped. */
  async #connect(spool: Spool): Promise<Carrier | undefined> {
    let delayMs = FIRST_DELAY_MS;
    while (!this.#isStopping) {
      try {
        const carrier = await this.#options.transport.connect();
        this.#trouble.succeeded('the broker takes frames again');
        return carrier;
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        this.#refused(error.reason, error.message);
      }
      await this.#tend(spool);
      await this.#pause(delayMs * (0.5 + Math.random() / 2));
      delayMs = Math.min(delayMs * 2, MOST_DELAY_MS);
    }
    return undefined;
  }

  /** Sends frames over a connection until it ends. Returns true if nothing is left to be sent, and that is the end. */
  async #carry(spool: Spool, carrier: Carrier): Promise<boolean> {
    let hasEnded = false;
    void carrier.ended.then((reason) => {
      hasEnded = true;
      if (!this.#isStopping && reason !== undefined) this.#refused('disconnected', reason);
      this.#wake();
    });
    while (!hasEnded && !this.#isStopping) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#tend(spool);
      const frame = await this.#next(spool);
      if (frame !== undefined) {
        await this.#pause(this.#rate.take(frame.bytes.length, monotonicMs()));
        if (hasEnded || this.#isStopping) this.#window.sent(frame);
        else void this.#send(spool, carrier, frame);
        continue;
      }
      if (this.#options.once && this.#window.isEmpty) {
        await spool.look();
        if (spool.backlogBytes === 0) return true;
      }
      await this.#pause(LOOK_MS);
    }
    const end = monotonicMs() + STOP_MS;
    while (!hasEnded && this.#window.size > 0 && monotonicMs() < end) await sleep(50);
    return false;
  }

  async #next(spool: Spool): Promise<SpoolFrame | undefined> {
    const nowMs = monotonicMs();
    return this.#window.due(nowMs) ?? (this.#window.hasRoom(nowMs) ? await spool.take() : undefined);
  }

  async #send(spool: Spool, carrier: Carrier, frame: SpoolFrame): Promise<void> {
    const { metrics, partitions } = this.#options;
    const { kind, bytes } = frame;
    this.#window.sent(frame);
    metrics.publishedFrames.inc(kind);
    metrics.publishedBytes.inc(kind, bytes.length);
    const beganMs = monotonicMs();
    try {
      const { isDuplicate } = await carrier.send(frameMessage(frame, partitions, spool.lowOf(frame)));
      metrics.acknowledgedFrames.inc(kind, isDuplicate);
      metrics.ackSeconds.observe((monotonicMs() - beganMs) / 1000);
      this.#window.taken(frame);
      frame.segment.acknowledge(frame);
      this.#trouble.succeeded('the broker takes frames again');
    } catch (error) {
      await this.#notTaken(spool, frame, error);
    }
    this.#wake();
  }

  async #notTaken(spool: Spool, frame: SpoolFrame, error: unknown): Promise<void> {
    if (!(error instanceof RefusedError)) {
      this.#failure = error;
    } else if (error.reason === 'too-large') {
      this.#window.taken(frame);
      try {
        await spool.setAside(frame);
      } catch (failure) {
        this.#failure = failure;
      }
    } else {
      this.#window.refused(frame, error.reason, monotonicMs());
      this.#refused(error.reason, error.message);
    }
  }

  #refused(reason: Refusal, error: string): void {
    this.#options.metrics.retries.inc(reason);
    this.#trouble.failed('the broker takes no frames; they wait in the folder', { reason, error });
  }

  /** Looks into the folder and writes the cursor, when it is time. @throws ShipError */
  async #tend(spool: Spool): Promise<void> {
    const nowMs = monotonicMs();
    if (nowMs - this.#lookedMs >= LOOK_MS) {
      this.#lookedMs = nowMs;
      await spool.look();
      const { backlogBytes, oldestMs } = spool;
      this.#options.metrics.backlogBytes.set(backlogBytes);
      this.#options.metrics.oldestSeconds.set(oldestMs === undefined ? 0 : Math.max(0, Date.now() - oldestMs) / 1000);
    }
    if (nowMs - this.#savedMs < SAVE_MS) return;
    this.#savedMs = nowMs;
    await spool.save();
  }

  /** Waits, or until something has happened. */
  async #pause(ms: number): Promise<void> {
    if (ms <= 0 || this.#isStopping) return;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const timer = new AbortController();
    await Promise.race([woken, sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
  }
}

function monotonicMs(): number {
  return performance.now();
}
