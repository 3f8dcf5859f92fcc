import { join } from 'node:path';
import type { FrameReason } from '../metrics/index.js';
import { encodeRecord, ZERO_TIMESTAMP } from '../parse/index.js';
import { compressFrame } from '../zstd/index.js';
import { ArchiveError, ArchiveFile } from './archive-file.js';
import { archiveName, dateFolder } from './archive-path.js';
import { LineBuffer } from './line-buffer.js';
import type { SaverContext } from './saver-context.js';

/** One file of a connection, from the first line meant for it: it exists on disk once its first frame is written. */
interface FilePlan {
  readonly folder: string;
  /** When the next record goes to a new file, milliseconds of the saver's clock. */
  readonly expiresMs: number;
  file?: ArchiveFile;
  /** Set when the disk refused it: lines still meant for it are lost. */
  failed: boolean;
}

/** Content on its way to a file. */
interface Job {
  readonly plan: FilePlan;
  readonly content: Buffer;
  readonly lines: number;
  readonly reason: FrameReason;
  readonly closes: boolean;
}

/**
 * The archives of one connection: lines gather in memory, leave as frames in order, and every so often a new file
 * takes over. Lines are appended at once; the disk is waited for behind them, one frame at a time.
 */
export class ConnectionArchive {
  readonly #context: SaverContext;
  readonly #uuid: string;
  readonly #startTime: string;
  readonly #pending = new LineBuffer();
  #plan: FilePlan | undefined;
  #plans = 0;
  #nextSequence = 0;
  #jobs: Job[] = [];
  #running: Promise<void> | undefined;

  constructor(context: SaverContext, uuid: string, startTime: string) {
    this.#context = context;
    this.#uuid = uuid;
    this.#startTime = startTime;
  }

  /** Bytes of lines that wait to become a frame. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** When the current file's time is over, milliseconds; undefined when there is no current file. */
  get expiresMs(): number | undefined {
    return this.#plan?.expiresMs;
  }

  /** Adds a line for the current file, planning one if there is none. Returns its bytes. */
  append(line: string): number {
    this.#plan ??= this.#planFile();
    return this.#pending.append(line);
  }

  /** Sends what is pending to the current file. */
  flush(reason: FrameReason): void {
    this.#send(reason, false);
  }

  /** Sends what is pending and ends the current file; the next line begins a new one. */
  endFile(reason: FrameReason): void {
    this.#send(reason, true);
    this.#plan = undefined;
  }

  /** Resolves when everything sent so far is on disk or counted as lost. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #planFile(): FilePlan {
    const { clock, rotateMs, output } = this.#context;
    // The first file belongs to the day that the connection was first seen, later ones to the day that they begin.
    const day = this.#plans++ === 0 ? this.#startTime : clock.timestamp();
    return { folder: join(output, dateFolder(day)), expiresMs: clock.monotonicMs() + rotateMs, failed: false };
  }

  #send(reason: FrameReason, closes: boolean): void {
    // Lines outlive a plan that the disk refused: they go to the next file.
    if (this.#pending.length > 0) this.#plan ??= this.#planFile();
    const plan = this.#plan;
    if (plan === undefined || (this.#pending.length === 0 && !closes)) return;
    const { content, lines } = this.#pending.take();
    this.#context.accounting.sent(content.length);
    this.#jobs.push({ plan, content, lines, reason, closes });
    this.#running ??= this.#run();
  }

  /** Works through the jobs. Never rejects: whatever fails is counted. */
  async #run(): Promise<void> {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      try {
        if (job.content.length > 0) await this.#writeFrame(job);
        if (job.closes) await this.#closeFile(job.plan);
      } catch (error) {
        await this.#giveUp(job, error);
      } finally {
        this.#context.accounting.settled(job.content.length);
      }
    }
    this.#running = undefined;
  }

  async #writeFrame({ plan, content, lines, reason }: Job): Promise<void> {
    if (plan.failed) {
      this.#context.accounting.lost('write', lines);
      return;
    }
    const frame = plan.file === undefined ? undefined : await this.#compress(plan.file.path, content);
    const written = frame ?? (await this.#createWith(plan, content));
    if (frame !== undefined) await plan.file?.append(frame);
    this.#context.accounting.wrote(written.length, content.length, reason);
  }

  /**
   * Creates the plan's file under the next free sequence number, and writes the first frame: metadata and lines. The
   * frame is made before the file, so that a crash between the two leaves no empty file.
   */
  async #createWith(plan: FilePlan, content: Buffer): Promise<Buffer> {
    for (;;) {
      const { path, sequence } = await this.#firstFree(plan.folder);
      const frame = await this.#compress(path, Buffer.concat([this.#metadataLine(sequence), content]));
      const file = await ArchiveFile.create(path, frame);
      this.#nextSequence = sequence + 1;
      if (file === undefined) {
        // Somebody else took it since we looked.
        this.#context.accounting.collided();
        continue;
      }
      plan.file = file;
      this.#context.accounting.opened();
      if (file.length === 0) await file.append(frame);
      this.#context.accounting.created();
      return frame;
    }
  }

  /** The next sequence number whose name is free: after a restart many may be taken, and each costs one look. */
  async #firstFree(folder: string): Promise<{ readonly path: string; readonly sequence: number }> {
    for (let sequence = this.#nextSequence; ; sequence++) {
      const path = join(folder, archiveName(this.#uuid, sequence));
      if (!(await ArchiveFile.exists(path))) return { path, sequence };
      this.#context.accounting.collided();
    }
  }

  #metadataLine(sequence: number): Buffer {
    const metadata = { uuid: this.#uuid, sequence, startTime: this.#startTime };
    return Buffer.from(encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata }));
  }

  async #compress(path: string, content: Buffer): Promise<Buffer> {
    try {
      return await compressFrame(content);
    } catch (error) {
      throw new ArchiveError('compress', path, error);
    }
  }

  async #closeFile(plan: FilePlan): Promise<void> {
    const { file } = plan;
    if (file === undefined) return;
    delete plan.file;
    this.#context.accounting.closed();
    await file.close();
    this.#context.accounting.healthy();
  }

  /** The disk refused: the job's lines are lost, and the connection's next line begins a new file. */
  async #giveUp(job: Job, error: unknown): Promise<void> {
    const { accounting } = this.#context;
    const failure = error instanceof ArchiveError ? error : new ArchiveError('write', this.#uuid, error);
    accounting.failed(failure);
    if (failure.operation !== 'close') {
      accounting.lost(lossReason(failure), job.lines);
      job.plan.failed = true;
      if (this.#plan === job.plan) this.#plan = undefined;
    }
    await this.#closeFile(job.plan).catch((closing: unknown) => {
      accounting.failed(closing instanceof ArchiveError ? closing : new ArchiveError('close', this.#uuid, closing));
    });
  }
}

function lossReason({ operation }: ArchiveError): 'write' | 'compress' | 'open' {
  switch (operation) {
    case 'compress':
      return 'compress';
    case 'open':
    case 'mkdir':
      return 'open';
    default:
      return 'write';
  }
}
