import { constants } from 'node:fs';
import { access, readdir, readFile, rename, rm } from 'node:fs/promises';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { RecorderMetrics, RecordingDeletion } from '../../metrics/index.js';
import { makeFolder } from '../../saver/index.js';
import { RecorderError } from './recorder-error.js';
import { hiddenName, isHiddenName, isRecordingName, recordingTimeMs } from './recording-name.js';
import { parseSummary, type RecordingSummary, SUMMARY_FILE } from './recording-summary.js';

/** Options of {@link RecordingsFolder}. */
export interface RecordingsFolderOptions {
  /** Absolute path. */
  readonly output: string;
  /** Mode of the folder, before the umask. */
  readonly folderMode: number;
  /** Age at which recordings are deleted, milliseconds. */
  readonly keepMs: number;
  /** Disk space of all recordings, beyond which the oldest are deleted, bytes. */
  readonly maxBytes: number;
  readonly metrics: RecorderMetrics;
  readonly log: Logger;
  /** Returns the time, milliseconds since 1970. */
  readonly wallMs: () => number;
}

/** Folder of complete recordings, one folder each. */
export class RecordingsFolder {
  readonly #options: RecordingsFolderOptions;
  /** Complete recordings by name, oldest first. */
  readonly #saved = new Map<string, RecordingSummary>();
  /** Bytes of recordings that are being written. */
  #writingBytes = 0;
  readonly #trouble: TroubleLog;

  constructor(options: RecordingsFolderOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
  }

  /** Absolute path. */
  get path(): string {
    return this.#options.output;
  }

  /**
   * Makes the folder, removes what a crash has left, and reads which recordings there are.
   * @throws RecorderError if no recording could be made in it
   */
  async open(): Promise<void> {
    const { output, folderMode, log } = this.#options;
    try {
      await makeFolder(output, folderMode);
      await access(output, constants.R_OK | constants.W_OK | constants.X_OK);
      for (const name of await readdir(output)) {
        if (!isHiddenName(name)) continue;
        await rm(`${output}/${name}`, { recursive: true, force: true });
        log.info('leftover of a recording removed', { path: `${output}/${name}` });
      }
    } catch (error) {
      throw new RecorderError('use folder of recordings', output, error);
    }
    await this.list();
    await this.expire();
  }

  /** Returns the complete recordings, oldest first. Others may have removed or added some. */
  async list(): Promise<readonly RecordingSummary[]> {
    const names = await this.#names();
    if (names === undefined) return [...this.#saved.values()];
    for (const name of this.#saved.keys()) if (!names.includes(name)) this.#saved.delete(name);
    for (const name of names) if (!this.#saved.has(name)) await this.#read(name);
    const sorted = [...this.#saved].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#saved.clear();
    for (const [name, summary] of sorted) this.#saved.set(name, summary);
    this.#show();
    return [...this.#saved.values()];
  }

  /** Returns whether there is a complete recording of this name. */
  has(name: string): boolean {
    return this.#saved.has(name);
  }

  /** Adds a recording that is complete. */
  added(summary: RecordingSummary): void {
    this.#saved.set(summary.recording, summary);
    this.#show();
  }

  /**
   * Takes note of the bytes of all recordings that are being written, for which old ones make room.
   * @throws RecorderError if there is no room even then
   */
  async reserve(bytes: number): Promise<void> {
    this.#writingBytes = bytes;
    const { maxBytes } = this.#options;
    while (this.#savedBytes + bytes > maxBytes) {
      const [oldest] = this.#saved.keys();
      if (oldest === undefined) {
        throw new RecorderError('write', this.path, `recordings take more than -recorder.max-disk, ${maxBytes} bytes`);
      }
      await this.#delete(oldest, 'size');
    }
  }

  /** Deletes recordings that are older than the time to keep, and those that take too much space. */
  async expire(): Promise<void> {
    const limitMs = this.#options.wallMs() - this.#options.keepMs;
    for (const name of [...this.#saved.keys()]) {
      if (recordingTimeMs(name) < limitMs) await this.#delete(name, 'age');
    }
    while (this.#saved.size > 0 && this.#savedBytes + this.#writingBytes > this.#options.maxBytes) {
      const [oldest = ''] = this.#saved.keys();
      await this.#delete(oldest, 'size');
    }
  }

  get #savedBytes(): number {
    return [...this.#saved.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async #delete(name: string, reason: RecordingDeletion): Promise<void> {
    // It counts no longer even if it stays: otherwise every other one would go for it.
    this.#saved.delete(name);
    const { metrics, log } = this.#options;
    const [path, hidden] = [`${this.path}/${name}`, `${this.path}/${hiddenName(name)}`];
    try {
      // Renamed first: no reader finds half of it.
      await rename(path, hidden);
      await rm(hidden, { recursive: true, force: true });
    } catch (error) {
      this.#failed('delete', path, error);
      return;
    }
    metrics.deleted.inc(reason);
    log.info('recording deleted', { path, reason });
    this.#show();
  }

  /** Returns the names of recordings in the folder; undefined if it cannot be read. */
  async #names(): Promise<readonly string[] | undefined> {
    try {
      return (await readdir(this.path)).filter(isRecordingName).sort();
    } catch (error) {
      this.#failed('list', this.path, error);
      return undefined;
    }
  }

  async #read(name: string): Promise<void> {
    const path = `${this.path}/${name}/${SUMMARY_FILE}`;
    try {
      this.#saved.set(name, { ...parseSummary(await readFile(path, 'utf8')), recording: name });
    } catch (error) {
      this.#failed('read', path, error);
    }
  }

  #failed(operation: string, path: string, error: unknown): void {
    this.#options.metrics.errors.inc();
    this.#trouble.failed('folder of recordings cannot be used as needed', {
      operation,
      path,
      error: error instanceof Error ? error.message : String(error),
    });
  }

  #show(): void {
    this.#options.metrics.diskBytes.set(this.#savedBytes);
  }
}
