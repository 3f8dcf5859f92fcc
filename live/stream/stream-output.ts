import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { ConnectionObserver, StateSlots } from '../../cache/index.js';
import { listenAt, type SocketFile } from '../../files/index.js';
import type { Logger } from '../../log/index.js';
import type { StreamMetrics } from '../../metrics/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import { FrameBuffer } from './frame-buffer.js';
import { FrameQueue, type StreamFrame } from './frame-queue.js';
import { STREAM_KINDS, type StreamKind } from './kinds.js';
import { Losses } from './losses.js';
import { makeStreamFolders } from './make-folders.js';
import type { StreamDisk } from './open-segment.js';
import type { StreamOrigin } from './row-text.js';
import { SegmentFolder } from './segment-folder.js';
import { makeEpoch } from './segment-name.js';
import { SegmentWriter } from './segment-writer.js';
import { StreamError } from './stream-error.js';
import { type LineSink, StreamRows, type StreamRowsOptions } from './stream-rows.js';

/** Time between two looks for what is due, milliseconds. */
const TICK_MS = 250;
/** Most bytes of a segment, and its share of the folder's bound: kinds that are written are never deleted. */
const SEGMENT_BYTES = 8 * 2 ** 20;
const SEGMENT_SHARE = 1 / 16;
/** Time without progress on the disk that {@link StreamOutput.stop} waits in all, milliseconds. */
const STOP_PATIENCE_MS = 5000;
const STOP_TICK_MS = 100;

/** Kinds of lines to write, and bounds: the flags `-stream.…`. */
export interface StreamSettings extends StreamOrigin {
  /** Absolute path of the folder. */
  readonly output: string;
  readonly kinds: readonly StreamKind[];
  /** Least time between two snapshots of a connection, milliseconds. */
  readonly everyMs: number;
  /** Time between two rows of an open connection, milliseconds. */
  readonly openEveryMs: number;
  /** Longest time that a line waits in memory, milliseconds. */
  readonly flushAgeMs: number;
  /** Most bytes of all segments. */
  readonly maxBytes: number;
  /** Most rows of ended connections in a second. */
  readonly maxRows: number;
}

/** Options of {@link StreamOutput}. */
export interface StreamOutputOptions {
  readonly settings: StreamSettings;
  readonly slots: StateSlots;
  readonly record: StreamRowsOptions['record'];
  /** Compresses pieces to one frame; they must not change until the promise settles. */
  readonly compress: (pieces: readonly Buffer[]) => Promise<Buffer>;
  readonly disk: StreamDisk;
  /** Most bytes that may wait for the disk. */
  readonly maxWaitingBytes: number;
  /** Id of the machine's boot, /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
  readonly metrics: StreamMetrics;
  readonly log: Logger;
}

/**
 * Stream of rows for a fleet: a row for each connection that ended, rows of open ones, thinned snapshots, and what was
 * lost, as numbered segments in a folder of bounded size. A program that carries them away finds whole segments
 * only, and no number twice.
 */
export class StreamOutput {
  readonly #options: StreamOutputOptions;
  readonly #losses: Losses;
  readonly #queue: FrameQueue;
  readonly #segments: SegmentFolder;
  readonly #writer: SegmentWriter;
  readonly #rows: StreamRows;
  readonly #buffers = new Map<StreamKind, FrameBuffer>(STREAM_KINDS.map((kind) => [kind, new FrameBuffer()]));
  readonly #lock: Server = createServer((socket) => socket.destroy());
  #lockFile: SocketFile | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(options: StreamOutputOptions) {
    this.#options = options;
    const { settings, metrics, log, disk, slots, record } = options;
    const { output: folder, maxBytes } = settings;
    const losses = new Losses({
      origin: settings,
      metrics,
      nowMs: () => Date.now(),
      onFirst: (kind, reason) =>
        log.warn('stream: rows are lost; more are only counted', {
          ...{ kind, reason },
          metric: 'tcpinfo_stream_lost_rows_total',
        }),
    });
    this.#losses = losses;
    this.#queue = new FrameQueue(options.maxWaitingBytes, ({ kind, lines }) =>
      losses.add(kind, this.#writer.isSick ? 'disk' : 'buffer', lines),
    );
    this.#segments = new SegmentFolder({ ...{ folder, maxBytes, losses, metrics, log } });
    this.#writer = new SegmentWriter({
      ...{ folder, disk, metrics, log },
      epoch: makeEpoch(options.bootId, Date.now(), Math.random()),
      segmentBytes: Math.min(SEGMENT_BYTES, Math.floor(maxBytes * SEGMENT_SHARE)),
      queue: this.#queue,
      segments: this.#segments,
      onUncompressed: ({ kind, lines }) => losses.add(kind, 'compress', lines),
      nowMs: monotonicMs,
    });
    this.#rows = new StreamRows({
      ...settings,
      origin: settings,
      slots,
      record,
      losses,
      sink: this.#sink(),
      nowMs: monotonicMs,
    });
  }

  /** Observer of connections. */
  get observer(): ConnectionObserver {
    return this.#rows;
  }

  /**
   * Makes the folder, takes it for this process, finishes segments of earlier starts, and begins to write.
   * @throws StreamError
   */
  async start(): Promise<void> {
    const { output } = this.#options.settings;
    await makeStreamFolders(output);
    const lock = join(output, '.lock');
    try {
      this.#lockFile = await listenAt(this.#lock, lock, 0o600);
    } catch (error) {
      throw new StreamError('lock', lock, error);
    }
    this.#lock.unref();
    await this.#segments.open();
    await this.#segments.keepWithin(0);
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Writes everything, finishes all segments and leaves the folder. Waits at most five seconds without progress. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearInterval(this.#timer);
    for (const kind of STREAM_KINDS) this.#submit(kind);
    this.#writer.finish();
    let isWritten = await this.#written();
    // After everything else, which may have cost rows.
    for (const line of this.#losses.take(true)) this.#line('l', line);
    this.#submit('l');
    isWritten = (await this.#written()) && isWritten;
    this.#writer.stop();
    if (!isWritten) this.#giveUp();
    this.#lockFile?.remove();
    this.#lock.close();
  }

  #giveUp(): void {
    let rows = 0;
    for (const { kind, lines } of this.#queue.takeAll()) {
      rows += lines;
      this.#losses.add(kind, 'disk', lines);
    }
    this.#options.log.error('stream: the disk did not take everything before the end', { lost_rows: rows });
  }

  async #written(): Promise<boolean> {
    let patienceMs = STOP_PATIENCE_MS;
    while (patienceMs > 0) {
      const { steps } = this.#writer;
      const beganMs = monotonicMs();
      if (await this.#writer.idle(STOP_TICK_MS)) return true;
      if (this.#writer.steps === steps) patienceMs -= monotonicMs() - beganMs;
    }
    return false;
  }

  #sink(): LineSink {
    const { settings } = this.#options;
    const place = `"Cluster":${JSON.stringify(settings.cluster)},"Node":${JSON.stringify(settings.node)}`;
    return {
      line: (kind, text) => this.#line(kind, text),
      snapshot: (uuid, record) => this.#record(`{"UUID":${JSON.stringify(uuid)},${place}`, record),
    };
  }

  #line(kind: StreamKind, text: string): void {
    this.#add(kind, (buffer, nowMs) => buffer.line(text, nowMs));
  }

  #record(beginning: string, record: ArchivedRecord): void {
    this.#add('s', (buffer, nowMs) => buffer.record(beginning, record, nowMs));
  }

  #add(kind: StreamKind, put: (buffer: FrameBuffer, nowMs: number) => boolean): void {
    const buffer = this.#bufferOf(kind);
    const nowMs = monotonicMs();
    if (!put(buffer, nowMs)) {
      // The frame has no room left.
      this.#submit(kind);
      if (!put(buffer, nowMs)) this.#losses.add(kind, 'unreadable', 1);
    }
    if (buffer.isFull) this.#submit(kind);
  }

  #bufferOf(kind: StreamKind): FrameBuffer {
    const buffer = this.#buffers.get(kind);
    if (buffer === undefined) throw new RangeError(`no kind ${kind}`);
    return buffer;
  }

  #tick(): void {
    this.#rows.tick();
    for (const line of this.#losses.take(false)) this.#line('l', line);
    const nowMs = monotonicMs();
    for (const [kind, { lines, beganMs }] of this.#buffers) {
      if (lines > 0 && nowMs - beganMs >= this.#options.settings.flushAgeMs) this.#submit(kind);
    }
    this.#writer.work();
  }

  /** Gives the lines of a kind to the writer. */
  #submit(kind: StreamKind): void {
    const taken = this.#bufferOf(kind).take();
    if (taken === undefined) return;
    const frame: StreamFrame = {
      kind,
      lines: taken.lines,
      bytes: taken.content,
      compressed: this.#options.compress([taken.content]).then(
        (bytes) => {
          this.#queue.replace(frame, bytes);
          return bytes;
        },
        (error: unknown) => {
          this.#options.log.error('stream: frame cannot be compressed', { error: String(error) });
          return undefined;
        },
      ),
      isWriting: false,
    };
    this.#queue.add(frame);
    this.#writer.work();
  }
}

function monotonicMs(): number {
  return performance.now();
}
