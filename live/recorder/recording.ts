import { mkdir, open, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Compress, Decompress, FinishedFrame } from '../../saver/index.js';
import type { ConnectionFrames } from './connection-frames.js';
import { RecordedFile } from './recorded-file.js';
import { RecorderError } from './recorder-error.js';
import { hiddenName } from './recording-name.js';
import { type RecordedConnection, type RecordingSummary, SUMMARY_FILE, summaryOf } from './recording-summary.js';
import type { RecordRequest } from './request.js';

/** Parts that recordings share. */
export interface RecordingContext {
  /** Absolute path of the folder of all recordings. */
  readonly output: string;
  /** Modes before the umask. */
  readonly fileMode: number;
  readonly folderMode: number;
  readonly compress: Compress;
  readonly decompress: Decompress;
  /** Resolves when all frames that are being made have reached their connections. */
  readonly framesFinished: () => Promise<void>;
  /** Returns the time of the saver's clock, milliseconds. */
  readonly nowMs: () => number;
  /** Makes room for what is written by now. @throws RecorderError if it is too much */
  readonly reserve: () => Promise<void>;
}

/** Options of {@link Recording}. */
export interface RecordingOptions {
  readonly context: RecordingContext;
  readonly name: string;
  readonly request: RecordRequest;
  readonly connections: readonly ConnectionFrames[];
  /** Number of connections left out. */
  readonly left: number;
  /** Times of the saver's clock, milliseconds, and the same as RFC 3339 UTC. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly from: string;
  readonly until: string;
}

/** Connection that is being recorded. */
interface Track {
  readonly connection: ConnectionFrames;
  readonly name: string;
  readonly file: RecordedFile;
  /** Frames that are to be written. */
  waiting: FinishedFrame[];
}

/** Recording that is being written: under a hidden name, until it is complete. */
export class Recording {
  readonly #options: RecordingOptions;
  readonly #hidden: string;
  readonly #stopping = new AbortController();
  readonly #tracks: Track[] = [];
  /** Tracks with frames to write, in the order of their first one. */
  readonly #ready = new Set<Track>();
  readonly #unlisten: (() => void)[] = [];
  #wake: (() => void) | undefined;
  /** True when no frame comes any more. */
  #isComplete = false;
  #bytes = 0;
  /** Frames that had left memory when the recording began. */
  #evicted = 0;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#hidden = `${options.context.output}/${hiddenName(options.name)}`;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Known facts, with what is written so far. */
  get summary(): RecordingSummary {
    const { name, request, from, until, left, connections, fromMs } = this.#options;
    const files = this.#tracks.filter(({ file }) => file.frames > 0);
    return {
      ...summaryOf(name, request, { from, until }),
      connections: this.#tracks.length === 0 ? connections.length : files.length,
      left,
      records: files.reduce((sum, { file }) => sum + file.records, 0),
      bytes: this.#bytes,
      lostFrames: connections.reduce((sum, each) => sum + each.lostSince(fromMs), 0),
      evicted: this.#evicted,
    };
  }

  /** Ends the recording early, with what there is by now. */
  stop(): void {
    this.#stopping.abort();
  }

  /**
   * Writes the recording. Returns its summary once it has its name.
   * @throws RecorderError; then nothing is left of it
   */
  async write(): Promise<RecordingSummary> {
    const { context, name } = this.#options;
    try {
      await this.#attempt('create', this.#hidden, () => mkdir(this.#hidden, { mode: context.folderMode }));
      await this.#collect();
      const summary = this.summary;
      await this.#describe(summary);
      await this.#syncFolder(this.#hidden);
      const path = `${context.output}/${name}`;
      await this.#attempt('rename', path, () => rename(this.#hidden, path));
      await this.#syncFolder(context.output);
      return summary;
    } catch (error) {
      await this.#remove(error);
      throw error;
    } finally {
      for (const end of this.#unlisten) end();
    }
  }

  async #collect(): Promise<void> {
    await this.#flush();
    // From here on no frame is missed, and none comes twice.
    this.#begin();
    const writing = this.#writeAll();
    // Its error is awaited below.
    writing.catch(() => this.stop());
    await this.#waitForEnd();
    await this.#flush();
    for (const end of this.#unlisten.splice(0)) end();
    this.#isComplete = true;
    this.#wake?.();
    await writing;
    for (const { file } of this.#tracks) if (file.frames > 0) await file.sync();
  }

  async #flush(): Promise<void> {
    for (const connection of this.#options.connections) connection.flush();
    await this.#options.context.framesFinished();
  }

  #begin(): void {
    const { connections, fromMs, context, request, from, until } = this.#options;
    const recording = { trigger: request.trigger, from, until };
    const seen = new Map<string, number>();
    for (const connection of connections) {
      const { uuid } = connection;
      // A connection that was connected elsewhere has the same UUID.
      const sequence = seen.get(uuid) ?? 0;
      seen.set(uuid, sequence + 1);
      const name = `${uuid}.${String(sequence).padStart(5, '0')}.jsonl.zst`;
      const { compress, decompress, fileMode: mode } = context;
      const metadata = { ...connection.metadata, sequence, recording };
      const file = new RecordedFile({ path: `${this.#hidden}/${name}`, mode, metadata, compress, decompress });
      const track: Track = { connection, name, file, waiting: [...connection.since(fromMs)] };
      this.#tracks.push(track);
      this.#evicted += connection.evictedSince(fromMs);
      if (track.waiting.length > 0) this.#ready.add(track);
      this.#unlisten.push(connection.listen((frame) => this.#take(track, frame)));
    }
  }

  #take(track: Track, frame: FinishedFrame): void {
    track.waiting.push(frame);
    this.#ready.add(track);
    this.#wake?.();
  }

  async #waitForEnd(): Promise<void> {
    const { untilMs, context } = this.#options;
    const { signal } = this.#stopping;
    const leftMs = untilMs - context.nowMs();
    if (leftMs <= 0 || signal.aborted) return;
    await sleep(leftMs, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Writes what comes, one file after the other, until the recording is complete. */
  async #writeAll(): Promise<void> {
    for (;;) {
      const [track] = this.#ready;
      if (track === undefined) {
        if (this.#isComplete) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#ready.delete(track);
      const frames = track.waiting;
      track.waiting = [];
      const before = track.file.bytes;
      await track.file.append(frames);
      this.#bytes += track.file.bytes - before;
      await this.#options.context.reserve();
    }
  }

  async #describe(summary: RecordingSummary): Promise<void> {
    const path = `${this.#hidden}/${SUMMARY_FILE}`;
    const files: RecordedConnection[] = this.#tracks
      .filter(({ file }) => file.frames > 0)
      .map(({ name, connection, file }) => {
        return { file: name, uuid: connection.uuid, records: file.records, bytes: file.bytes };
      });
    await this.#attempt('write', path, async () => {
      const file = await open(path, 'wx', this.#options.context.fileMode);
      try {
        await file.writeFile(`${JSON.stringify({ ...summary, files }, undefined, 1)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  async #syncFolder(path: string): Promise<void> {
    await this.#attempt('sync', path, async () => {
      const folder = await open(path, 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
  }

  async #remove(error: unknown): Promise<void> {
    try {
      await rm(this.#hidden, { recursive: true, force: true });
    } catch (second) {
      // The next start removes it.
      throw new RecorderError('remove', this.#hidden, new AggregateError([error, second], describe(error, second)));
    }
  }

  async #attempt(operation: string, path: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new RecorderError(operation, path, error);
    }
  }
}

function describe(first: unknown, second: unknown): string {
  return [first, second].map((each) => (each instanceof Error ? each.message : String(each))).join('; then ');
}
