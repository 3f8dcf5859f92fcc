import type { Connection } from '../../cache/index.js';
import type { Logger } from '../../log/index.js';
import type { RecorderMetrics } from '../../metrics/index.js';
import type { Compress, Decompress, FrameReceiver, FrameSink, FrameSource } from '../../saver/index.js';
import type { RecordingJson } from '../wire/index.js';
import { CONNECTION_OVERHEAD_BYTES, ConnectionFrames } from './connection-frames.js';
import { FrameMemory } from './frame-memory.js';
import { RecordedLately } from './once.js';
import { packRecording } from './pack-recording.js';
import { RecorderError } from './recorder-error.js';
import { Recording, type RecordingContext } from './recording.js';
import { recordingName } from './recording-name.js';
import { RecordingsFolder } from './recordings-folder.js';
import type { ConnectionRecorder, RecordEnd, RecordOutcome, RecordRefusal, RecordRequest } from './request.js';

/** Recordings that may be written at a time. */
export const MAX_RECORDINGS = 4;
/** Connections of a recording. */
export const MAX_RECORDED = 1000;
/** Failed recordings that are remembered. */
const MAX_FAILED = 20;
const TICK_MS = 1000;
/** Ticks between two looks for connections that are over. */
const SWEEP_TICKS = 5;
/** Ticks between two looks for recordings that are too old. */
const EXPIRE_TICKS = 60;
/** Longest time that {@link Recorder.stop} waits for recordings that are being written, milliseconds. */
const STOP_MS = 5000;

/** Settings of the recorder: flags `-recorder` and `-recorder.*`. */
export interface RecorderSettings {
  /** Time that memory reaches back, milliseconds. */
  readonly keepMs: number;
  readonly maxMemoryBytes: number;
  /** Absolute path of the folder of recordings. */
  readonly output: string;
  /** Age at which recordings are deleted, milliseconds. */
  readonly keepRecordingsMs: number;
  /** Disk space of all recordings, bytes. */
  readonly maxDiskBytes: number;
}

/** Options of {@link Recorder}. */
export interface RecorderOptions {
  readonly settings: RecorderSettings;
  /** Modes before the umask. */
  readonly fileMode: number;
  readonly folderMode: number;
  readonly compress: Compress;
  readonly decompress: Decompress;
  /** Resolves when all frames that are being made have come. */
  readonly framesFinished: () => Promise<void>;
  readonly metrics: RecorderMetrics;
  readonly log: Logger;
  /** Returns the time of the saver's clock, milliseconds (default: the machine's). */
  readonly nowMs?: () => number;
  /** Returns the time, milliseconds since 1970 (default: the machine's). */
  readonly wallMs?: () => number;
}

/** Memory of the recorder. */
export interface RecorderMemory {
  readonly bytes: number;
  readonly maxBytes: number;
  readonly keepMs: number;
  readonly connections: number;
}

/**
 * Flight recorder: keeps the last frames of every connection in memory, and writes those of some connections to a
 * folder when it is asked to.
 */
export class Recorder implements FrameSink, ConnectionRecorder {
  readonly #options: RecorderOptions;
  readonly #nowMs: () => number;
  readonly #wallMs: () => number;
  readonly #memory: FrameMemory;
  readonly #connections = new Set<ConnectionFrames>();
  readonly #lately = new RecordedLately();
  readonly #folder: RecordingsFolder;
  /** Recordings that are being written, by name. */
  readonly #writing = new Map<string, { readonly recording: Recording; readonly ended: Promise<RecordEnd> }>();
  readonly #failed: RecordingJson[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;
  #isStopping = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    const { settings, metrics, log, folderMode } = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#wallMs = options.wallMs ?? (() => Date.now());
    this.#memory = new FrameMemory({ maxBytes: settings.maxMemoryBytes, keepMs: settings.keepMs });
    this.#folder = new RecordingsFolder({
      ...{ output: settings.output, folderMode, metrics, log, wallMs: this.#wallMs },
      keepMs: settings.keepRecordingsMs,
      maxBytes: settings.maxDiskBytes,
    });
  }

  /** Facts about the memory. */
  get memory(): RecorderMemory {
    const { keepMs, maxMemoryBytes } = this.#options.settings;
    return { bytes: this.#memory.bytes, maxBytes: maxMemoryBytes, keepMs, connections: this.#connections.size };
  }

  /** Absolute path of the folder of recordings. */
  get path(): string {
    return this.#folder.path;
  }

  /** Opens the folder, and begins to forget. @throws RecorderError if no recording could be made in it */
  async start(): Promise<void> {
    await this.#folder.open();
    this.#timer = setInterval(() => this.tick(), TICK_MS).unref();
  }

  opened({ uuid }: Connection, source: FrameSource): FrameReceiver {
    const { metrics } = this.#options;
    const frames = new ConnectionFrames({
      ...{ uuid, source, memory: this.#memory, nowMs: this.#nowMs },
      onEvicted: () => metrics.evictedFrames.inc(),
      onLost: () => metrics.lostFrames.inc(),
    });
    this.#connections.add(frames);
    return frames;
  }

  record(request: RecordRequest): RecordOutcome {
    if (this.#isStopping) return this.#refuse('stopping', 'the collector stops');
    if (this.#writing.size >= MAX_RECORDINGS) {
      return this.#refuse('busy', `${MAX_RECORDINGS} recordings are being written already`);
    }
    const nowMs = this.#nowMs();
    const known = this.#find(request);
    if (known.length === 0) return this.#refuse('unknown', 'memory has no records of these connections');
    const { rule } = request;
    const due = rule === undefined ? known : this.#lately.due(rule, known, nowMs);
    if (due.length === 0) return this.#refuse('repeated', `rule ${rule} has a recording of these connections already`);
    const chosen = due.slice(0, MAX_RECORDED);
    if (rule !== undefined) this.#lately.recorded(rule, chosen, nowMs + request.beforeMs + request.afterMs);
    return this.#begin(request, chosen, due.length - chosen.length, nowMs);
  }

  /** Returns the recordings: those that have failed lately, the complete ones, and those that are being written. */
  async list(): Promise<readonly RecordingJson[]> {
    const saved = await this.#folder.list();
    const writing = [...this.#writing.values()].map(({ recording }) => recording.summary);
    const names = new Set(writing.map(({ recording }) => recording));
    return [
      ...this.#failed,
      ...saved
        .filter(({ recording }) => !names.has(recording))
        .map((each) => ({ ...each, state: 'saved' as const, error: null })),
      ...writing.map((each) => ({ ...each, state: 'writing' as const, error: null })),
    ].sort((a, b) => (a.recording < b.recording ? -1 : 1));
  }

  /** Returns a recording as a tar archive, in pieces; undefined if there is no complete one of this name. */
  async pack(name: string): Promise<AsyncGenerator<Buffer, void, undefined> | undefined> {
    await this.#folder.list();
    return this.#folder.has(name) ? packRecording(`${this.path}/${name}`, name) : undefined;
  }

  /** Forgets what is old. */
  tick(): void {
    const nowMs = this.#nowMs();
    const { metrics, settings } = this.#options;
    this.#memory.expire(nowMs);
    this.#ticks++;
    if (this.#ticks % SWEEP_TICKS === 0) this.#sweep(nowMs, settings.keepMs);
    if (this.#ticks % EXPIRE_TICKS === 0) void this.#folder.expire();
    metrics.bytes.set(this.#memory.bytes);
    metrics.frames.set(this.#memory.frames);
  }

  /** Ends recordings with what there is, and waits until they are written. Call it when all frames have come. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    for (const { recording } of this.#writing.values()) recording.stop();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_MS);
    });
    await Promise.race([Promise.all([...this.#writing.values()].map(({ ended }) => ended)), late]);
    clearTimeout(timer);
    for (const name of this.#writing.keys()) {
      this.#options.log.warn('recording not complete in time: it is lost', { recording: name });
    }
  }

  #find({ uuids }: RecordRequest): readonly ConnectionFrames[] {
    const all = [...this.#connections].filter((each) => each.count > 0 || each.keepsLast);
    // Those with the most records: they changed most.
    if (uuids === 'all') return all.sort((a, b) => b.records - a.records);
    const rank = new Map(uuids.map((uuid, i) => [uuid, i]));
    const rankOf = ({ uuid }: ConnectionFrames): number => rank.get(uuid) ?? -1;
    return all.filter((each) => rank.has(each.uuid)).sort((a, b) => rankOf(a) - rankOf(b));
  }

  #begin(request: RecordRequest, connections: readonly ConnectionFrames[], left: number, nowMs: number): RecordOutcome {
    const wallMs = this.#wallMs();
    const [fromMs, untilMs] = [nowMs - request.beforeMs, nowMs + request.afterMs];
    const name = this.#nameFor(rfc3339(wallMs), request);
    const recording = new Recording({
      ...{ context: this.#context(), name, request, connections, left, fromMs, untilMs },
      from: rfc3339(wallMs - request.beforeMs),
      until: rfc3339(wallMs + request.afterMs),
    });
    const ended = this.#write(name, recording);
    this.#writing.set(name, { recording, ended });
    const bytes = connections.reduce(
      (sum, each) => sum + each.since(fromMs).reduce((inner, frame) => inner + frame.bytes.length, 0),
      0,
    );
    return { kind: 'started', name, connections: connections.length, left, bytes, ended };
  }

  /** Returns a name that no recording has: others of the same millisecond are being written, or were saved. */
  #nameFor(time: string, { trigger }: RecordRequest): string {
    for (let again = 0; ; again++) {
      const name = recordingName(time, trigger, again);
      if (!this.#writing.has(name) && !this.#folder.has(name)) return name;
    }
  }

  async #write(name: string, recording: Recording): Promise<RecordEnd> {
    const { metrics, log } = this.#options;
    try {
      const summary = await recording.write();
      this.#folder.added(summary);
      metrics.recordings.inc('saved');
      const path = `${this.path}/${name}`;
      const { connections, records, bytes } = summary;
      log.info('recording saved', { path, connections, records, bytes });
      return { kind: 'saved', path, records, bytes };
    } catch (error) {
      if (!(error instanceof RecorderError)) throw error;
      metrics.recordings.inc('failed');
      log.error('recording failed; collecting goes on', { recording: name, code: error.code, error: error.message });
      this.#failed.push({ ...recording.summary, state: 'failed', error: error.message });
      if (this.#failed.length > MAX_FAILED) this.#failed.shift();
      return { kind: 'failed', detail: error.message };
    } finally {
      this.#writing.delete(name);
    }
  }

  #context(): RecordingContext {
    const { fileMode, folderMode, compress, decompress, framesFinished, settings } = this.#options;
    return {
      ...{ output: settings.output, fileMode, folderMode, compress, decompress, framesFinished },
      nowMs: this.#nowMs,
      reserve: () => this.#folder.reserve(this.#writingBytes),
    };
  }

  get #writingBytes(): number {
    return [...this.#writing.values()].reduce((sum, { recording }) => sum + recording.bytes, 0);
  }

  #refuse(reason: RecordRefusal, detail: string): RecordOutcome {
    this.#options.metrics.recordings.inc('refused');
    return { kind: 'refused', reason, detail };
  }

  #sweep(nowMs: number, keepMs: number): void {
    this.#lately.expire(nowMs);
    for (const connection of this.#connections) {
      connection.forgetBefore(nowMs - keepMs);
      if (!connection.isOver(nowMs)) continue;
      this.#connections.delete(connection);
      this.#memory.account(-CONNECTION_OVERHEAD_BYTES);
    }
  }
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
