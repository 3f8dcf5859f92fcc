import type { FrameReason } from '../metrics/index.js';
import type { ArchivedRecord } from '../parse/index.js';
import { ArchiveError } from './archive-error.js';
import { AppendError, ArchiveFile } from './archive-file.js';
import { FrameDelivery, type FramePlace } from './frame-delivery.js';
import type { FrameReceiver } from './frame-sink.js';
import { FRAME_BYTES } from './frame-size.js';
import { type FilePlace, type FilePlan, type Frame, Job } from './job.js';
import { LineBuffer } from './line-buffer.js';
import { withMetadata } from './metadata.js';
import type { JobSource, SaverContext } from './saver-context.js';

/** Places and first lines of the files of a {@link FileSeries}. */
export interface SeriesFiles {
  /** Returns where a file that is planned now goes: the first of the series, or a later one. */
  place(isFirst: boolean): FilePlace;
  /** Returns the name of a file with this number, which is one higher for each file and for each name that is taken. */
  name(plan: FilePlan, sequence: number): string;
  /** Returns whether a path is one that {@link name} has returned for this number. */
  isName(path: string, sequence: number): boolean;
  /** Returns the first line of a file; undefined if its first line is like all others. */
  head(sequence: number): Buffer | undefined;
}

/**
 * Archives that follow one another, such as those of a connection. Buffers lines in memory, submits them as jobs in
 * order, and starts a new file when the current one expires. The {@link Writer} decides when each job runs.
 */
export class FileSeries implements JobSource {
  readonly #context: SaverContext;
  readonly #of: SeriesFiles;
  readonly #pending: LineBuffer;
  #frameBytes: number;
  #plan: FilePlan | undefined;
  #plans = 0;
  /** True when the current plan has had a job: the frame of its first job begins with metadata. */
  #isBegun = false;
  #nextSequence = 0;
  /** Planned files that have had a job and are not created yet. */
  #unmade = new Set<FilePlan>();
  #jobs: Job[] = [];
  /** Number of {@link takeBack} calls. A write that runs during such a call is repeated, behind the jobs taken back. */
  #takenBack = 0;
  turn: JobSource['turn'] = 'none';
  /** The {@link expiresMs} that the saver has noted, so that it need not look it up for every record. */
  watchedMs: number | undefined;
  /** Time when the first of the buffered lines came, milliseconds of the saver's clock. */
  beganMs = 0;
  #delivery: FrameDelivery | undefined;

  /** @param frameBytes content of the first frame that is written for its size; later ones have {@link FRAME_BYTES} */
  constructor(context: SaverContext, files: SeriesFiles, frameBytes: number = FRAME_BYTES) {
    this.#context = context;
    this.#of = files;
    this.#frameBytes = frameBytes;
    this.#pending = new LineBuffer(context.memory);
  }

  /** Has all frames handed to a receiver, too. Call it before the first line. */
  deliverTo(receiver: FrameReceiver): void {
    this.#delivery = new FrameDelivery(receiver);
  }

  /** Notes that no line comes any more. */
  closed(): void {
    this.#delivery?.receiver.closed();
  }

  /** Bytes of buffered lines that are not yet in a job. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** True when enough lines are buffered to fill a frame. */
  get isFrameFull(): boolean {
    return this.#pending.length >= this.#frameBytes;
  }

  /** Time at which the current file expires, milliseconds of the saver's clock; undefined without a current file. */
  get expiresMs(): number | undefined {
    return this.#plan?.expiresMs;
  }

  get head(): Job | undefined {
    return this.#jobs[0];
  }

  /**
   * Appends a record as a line for the current file, and plans a file if necessary. Returns the bytes of the line,
   * or 0 when it is longer than `maxBytes`.
   */
  append(record: ArchivedRecord, maxBytes: number): number {
    const heldBytes = this.#pending.heldBytes;
    return this.#appended(this.#pending.append(record, maxBytes), heldBytes);
  }

  /** As {@link append}, for a line that has its newline. */
  appendLine(line: string, maxBytes: number): number {
    const heldBytes = this.#pending.heldBytes;
    return this.#appended(this.#pending.appendLine(line, maxBytes), heldBytes);
  }

  #appended(bytes: number, heldBytesBefore: number): number {
    this.#context.accounting.gathered(this.#pending.heldBytes - heldBytesBefore);
    if (bytes > 0) this.#plan ??= this.#planFile();
    return bytes;
  }

  /** Submits the buffered lines for the current file. */
  flush(reason: FrameReason): void {
    this.#send(reason, false);
  }

  /** Submits the buffered lines and ends the current file; the next line starts a new one. */
  endFile(reason: FrameReason): void {
    this.#send(reason, true);
    this.#plan = undefined;
    this.#context.files.ending(this);
  }

  /**
   * Runs the first job, which must be compressed. Never rejects.
   * @returns the reason to try again; undefined when the job is done
   */
  async work(): Promise<ArchiveError | undefined> {
    const job = this.#jobs[0];
    if (job === undefined) return undefined;
    job.isWriting = true;
    try {
      if (job.frame !== undefined) await this.#write(job, job.frame);
      else if (job.closes) await this.#close(job);
    } catch (error) {
      job.isWriting = false;
      return error instanceof ArchiveError ? error : new ArchiveError('write', this.#pathOf(job.plan), String(error));
    }
    return undefined;
  }

  takeBack(file: ArchiveFile, jobs: readonly Job[]): void {
    this.#takenBack++;
    this.#jobs.unshift(...jobs);
    this.#context.discarding(this.#discard(file));
  }

  forgetDropped(): void {
    for (const job of this.#jobs.filter((each) => this.#isMoot(each))) this.#remove(job);
  }

  #isMoot({ lines, isWriting, closes, plan }: Job): boolean {
    if (lines > 0 || isWriting) return false;
    if (!closes) return true;
    // Its file may be open, or another job may still open it.
    const mayOpen = this.turn === 'working' || this.#jobs.some((other) => other.plan === plan && other.lines > 0);
    return plan.file === undefined && !mayOpen;
  }

  #remove(job: Job): void {
    if (this.#takeOut(job)) this.#context.done(job);
  }

  #takeOut(job: Job): boolean {
    const at = this.#jobs.indexOf(job);
    if (at < 0) return false;
    this.#jobs.splice(at, 1);
    if (job.closes) this.#unmade.delete(job.plan);
    return true;
  }

  #planFile(): FilePlan {
    const { clock, rotateMs, output } = this.#context;
    const { folder, beganTime } = this.#of.place(this.#plans++ === 0);
    this.#isBegun = false;
    return {
      folder: `${output}/${folder}`,
      expiresMs: clock.monotonicMs() + rotateMs,
      ...(beganTime === undefined ? {} : { beganTime }),
    };
  }

  #send(reason: FrameReason, closes: boolean): void {
    // If the plan's file was closed early, its buffered lines go to a new plan.
    if (this.#pending.length > 0) this.#plan ??= this.#planFile();
    const plan = this.#plan;
    if (plan === undefined || (this.#pending.length === 0 && !closes)) return;
    this.#context.accounting.gathered(-this.#pending.heldBytes);
    const lines = this.#pending.take();
    if (reason === 'size') this.#frameBytes = FRAME_BYTES;
    const job = new Job({
      plan,
      lines,
      memory: this.#context.memory,
      reason,
      closes,
      ...this.#headOf(plan, lines.count),
      ...this.#placeOf(lines.count),
    });
    this.#jobs.push(job);
    this.#context.submit(this, job);
  }

  /** Returns metadata for a plan's first frame, with the sequence number of its file unless that name is taken. */
  #headOf(plan: FilePlan, lines: number): { head?: { line: Buffer; sequence: number } } {
    if (this.#isBegun || lines === 0) return {};
    this.#isBegun = true;
    const sequence = this.#nextSequence + this.#unmade.size;
    this.#unmade.add(plan);
    const line = this.#of.head(sequence);
    return line === undefined ? {} : { head: { line, sequence } };
  }

  #placeOf(lines: number): { frame?: FramePlace } {
    if (this.#delivery === undefined || lines === 0) return {};
    return { frame: this.#delivery.next(this.beganMs, this.#context.clock.monotonicMs()) };
  }

  async #write(job: Job, frame: Frame): Promise<void> {
    const { plan } = job;
    const takenBack = this.#takenBack;
    const file = plan.file === undefined ? await this.#create(job, frame) : await this.#append(job, plan.file, frame);
    if (takenBack !== this.#takenBack) {
      await this.#discard(file);
      throw AppendError.discarded(file.path);
    }
    this.#context.accounting.wrote(job.frame?.bytes.length ?? 0, job.contentBytes, job.reason);
    this.#takeOut(job);
    this.#context.written(this, job, file);
    if (file.isOpen && (job.closes || this.#isLeft(plan))) await this.#end(plan, file);
  }

  /**
   * Returns true if nothing else of a plan will come. Its file was closed for lack of room, so that it is no longer the
   * current plan, and then the disk lost the file: only its lines were given back.
   */
  #isLeft(plan: FilePlan): boolean {
    return this.#plan !== plan && !this.#jobs.some((job) => job.plan === plan);
  }

  async #append(job: Job, file: ArchiveFile, frame: Frame): Promise<ArchiveFile> {
    try {
      await file.append(frame.bytes, job.closes && !this.#context.confirms);
    } catch (error) {
      if (!file.isSound && job.plan.file === file) await this.#end(job.plan, file);
      if (error instanceof AppendError && error.isRemoved) this.#context.accounting.removed();
      throw error;
    }
    if (file.isOpen) this.#stays(file);
    else this.#closed(job.plan, file);
    return file;
  }

  /** Creates the plan's file under the next free sequence number, with the job's frame as its content. */
  async #create(job: Job, frame: Frame): Promise<ArchiveFile> {
    const { disk, files, modes } = this.#context;
    for (let fitting = frame; ; ) {
      const path = this.#path(job.plan, this.#nextSequence);
      fitting = await this.#fitted(fitting);
      job.replace(fitting);
      const closes = !(job.closes ? this.#context.mayLinger() : this.#context.makeRoom());
      files.making(path, !closes);
      const file = await ArchiveFile.create(disk, path, modes, fitting.bytes, closes).catch((error: unknown) => {
        files.gone(path);
        throw error;
      });
      if (file !== undefined) return this.#made(job, file);
      files.gone(path);
      await this.#passTaken(job.plan);
    }
  }

  #made(job: Job, file: ArchiveFile): ArchiveFile {
    const { plan } = job;
    this.#nextSequence++;
    this.#unmade.delete(plan);
    this.#context.accounting.created();
    this.#context.accounting.opened();
    if (file.isOpen) {
      plan.file = file;
      this.#stays(file);
      return file;
    }
    this.#closed(plan, file);
    // Closed for lack of descriptors: the next line plans a new file, unless waiting jobs of this plan create that
    // file.
    const hasMore = this.#jobs.some((other) => other !== job && other.plan === plan);
    if (this.#plan === plan && !hasMore) this.#plan = undefined;
    return file;
  }

  /** Returns the frame with the metadata of the file that it goes to. Most frames already have it, or need none. */
  async #fitted(frame: Frame): Promise<Frame> {
    const sequence = this.#nextSequence;
    if (frame.sequence === sequence) return frame;
    const line = this.#of.head(sequence);
    if (line === undefined) return frame;
    const { compress, decompress } = this.#context;
    return { bytes: await withMetadata(frame, line, compress, decompress), sequence };
  }

  /** Advances to the next sequence number whose name is free: after a restart many may be taken. */
  async #passTaken(plan: FilePlan): Promise<void> {
    do {
      this.#context.accounting.collided();
      this.#nextSequence++;
    } while ((await this.#context.disk.exists(this.#path(plan, this.#nextSequence))) === -1);
  }

  #path(plan: FilePlan, sequence: number): string {
    return `${plan.folder}/${this.#of.name(plan, sequence)}`;
  }

  /** Returns the path of a plan's file, or the one that it would have now. */
  #pathOf(plan: FilePlan): string {
    return plan.file?.path ?? this.#path(plan, this.#nextSequence);
  }

  /** Runs a job that only closes its file. */
  async #close(job: Job): Promise<void> {
    const { file } = job.plan;
    if (file === undefined) {
      this.#remove(job);
    } else if (this.#context.isConfirmed(file)) {
      await this.#end(job.plan, file);
      this.#remove(job);
    } else {
      this.#takeOut(job);
      this.#context.written(this, job, file);
      await this.#end(job.plan, file);
    }
  }

  /** Ends a plan's file: no further frames are written to it. */
  async #end(plan: FilePlan, file: ArchiveFile): Promise<void> {
    delete plan.file;
    this.#context.files.ending(this);
    await this.#context.end(file);
  }

  /** Discards the part of a file that the disk has not confirmed. Later lines go to another file. */
  async #discard(file: ArchiveFile): Promise<void> {
    for (const plan of [this.#plan, ...this.#jobs.map((job) => job.plan)]) if (plan?.file === file) delete plan.file;
    this.#context.files.ending(this);
    if (file.isDiscarded) return;
    const wasOpen = file.isOpen;
    const discarded = file.discard();
    if (file.isRemoved) {
      this.#context.accounting.discarded();
      // The name is free again, even while the disk is still removing this file. A file that was closed keeps its name:
      // an uploader may have read it at the close, so another file needs another name.
      if (wasOpen) this.#context.files.gone(file.path);
      if (wasOpen && this.#of.isName(file.path, this.#nextSequence - 1)) this.#nextSequence--;
    }
    await discarded;
    if (wasOpen) this.#context.closed(file);
  }

  /** Marks the file as used and staying open, unless a job that ends it is already submitted. */
  #stays(file: ArchiveFile): void {
    if (this.#plan?.file === file) this.#context.files.used(this);
  }

  #closed(plan: FilePlan, file: ArchiveFile): void {
    delete plan.file;
    this.#context.files.ending(this);
    this.#context.closed(file);
  }
}
