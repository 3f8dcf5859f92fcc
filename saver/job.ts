import type { FrameReason } from '../metrics/index.js';
import type { ArchiveFile } from './archive-file.js';
import type { Compress } from './create-compressor.js';
import type { FramePlace } from './frame-delivery.js';
import type { LineMemory } from './line-memory.js';
import type { Lines } from './lines.js';

/** Place of a file. */
export interface FilePlace {
  readonly folder: string;
  /** Time of its first line, RFC 3339 UTC, if that is part of its name. */
  readonly beganTime?: string;
}

/** Plan of one file of a series, from its first line on. The file exists once its first frame is written. */
export interface FilePlan extends FilePlace {
  /** Time after which the next record goes to a new file, milliseconds of the saver's clock. */
  readonly expiresMs: number;
  file?: ArchiveFile;
}

/** Options of {@link Job}. */
export interface JobOptions {
  readonly plan: FilePlan;
  /** Lines for the file; empty when the job only closes it. */
  readonly lines: Lines;
  /** Owner of the memory of the lines. */
  readonly memory: LineMemory;
  readonly reason: FrameReason;
  /** True when the file ends with this job. */
  readonly closes: boolean;
  /** Metadata line to write before the content, and the sequence number in it. */
  readonly head?: { readonly line: Buffer; readonly sequence: number };
  /** Place of the frame at its receiver, if there is one besides the file. */
  readonly frame?: FramePlace;
}

/** A compressed frame. */
export interface Frame {
  readonly bytes: Buffer;
  /** Sequence number in its metadata line; undefined when it has no such line. */
  readonly sequence: number | undefined;
}

/** Memory of a job beside its content, for its objects and those of its connection: a safe estimate. */
const OVERHEAD_BYTES = 512;

/** Content on its way to a file: first lines, then the compressed frame. */
export class Job {
  readonly plan: FilePlan;
  readonly reason: FrameReason;
  readonly closes: boolean;
  #contentBytes: number;
  readonly #memory: LineMemory;
  #lines: number;
  #content: Lines | undefined;
  #head: JobOptions['head'];
  #frame: Frame | undefined;
  readonly #place: FramePlace | undefined;
  /** Called when the lines are compressed or dropped. */
  #onCompressed: (() => void) | undefined;
  /** True while the compressor reads the lines, so that their memory cannot be freed yet. */
  #isCompressing = false;
  /** True when an earlier attempt failed. */
  wasRefused = false;
  /** True when the job was written but went back to its source because the disk did not confirm it. */
  wasGivenBack = false;
  /** True when its lines are counted as lost; they may still be written. */
  isCountedLost = false;
  /** True while the job is being written or is unconfirmed, so that it cannot be dropped. */
  isWriting = false;

  constructor({ plan, lines, memory, reason, closes, head, frame }: JobOptions) {
    this.plan = plan;
    this.#memory = memory;
    this.reason = reason;
    this.closes = closes;
    this.#contentBytes = lines.length;
    this.#lines = lines.count;
    this.#content = lines.count === 0 ? undefined : lines;
    this.#head = head;
    this.#place = frame;
  }

  /** Bytes of its lines, before compression. */
  get contentBytes(): number {
    return this.#contentBytes;
  }

  /** Number of lines that the job holds; 0 once they are written or dropped. */
  get lines(): number {
    return this.#lines;
  }

  get frame(): Frame | undefined {
    return this.#frame;
  }

  /** True while the lines are not compressed yet. */
  get isRaw(): boolean {
    return this.#content !== undefined;
  }

  /** Memory of the job, bytes. */
  get heldBytes(): number {
    const bytes = this.#frame?.bytes.length ?? this.#content?.heldBytes ?? 0;
    return bytes + OVERHEAD_BYTES;
  }

  /**
   * Compresses the lines into a frame and frees their memory. Ignores the frame if the lines were dropped meanwhile.
   * @throws any error of the compressor
   */
  async compress(compress: Compress): Promise<void> {
    const content = this.#content;
    if (content === undefined) return;
    const pieces = content.pieces();
    const head = this.#head;
    if (head !== undefined) pieces.unshift(head.line);
    this.#isCompressing = true;
    try {
      const bytes = await compress(pieces);
      this.#place?.finished(bytes, content.count, head !== undefined);
      if (this.#lines > 0) this.replace({ bytes, sequence: head?.sequence });
    } catch (error) {
      this.#place?.dropped(content.count);
      throw error;
    } finally {
      this.#isCompressing = false;
      content.free(this.#memory);
      this.#content = undefined;
      this.#onCompressed?.();
    }
  }

  /** Resolves when the lines are compressed or dropped. */
  async whenCompressed(): Promise<void> {
    if (!this.isRaw) return;
    await new Promise<void>((resolve) => {
      const before = this.#onCompressed;
      this.#onCompressed = () => {
        before?.();
        resolve();
      };
    });
  }

  /**
   * Drops all lines but the last, which is the connection's final record if the file ends with the job. Does nothing
   * once compression has started, or when this frees no memory. Returns the number of dropped lines.
   */
  keepLast(): number {
    const dropped = this.#lines - 1;
    if (this.#content === undefined || this.#isCompressing || dropped < 1) return 0;
    const last = this.#content.last(this.#memory);
    if (last === undefined) return 0;
    this.#content = last;
    this.#contentBytes = last.length;
    this.#lines = 1;
    this.#place?.lost(dropped);
    return dropped;
  }

  /** Replaces the content by a frame. */
  replace(frame: Frame): void {
    this.#frame = frame;
    this.#content = undefined;
    this.#head = undefined;
  }

  /** Drops the content. Returns the number of lines in it. */
  release(): number {
    const lines = this.#lines;
    this.#lines = 0;
    if (this.#content !== undefined && !this.#isCompressing) this.#drop(this.#content);
    this.#content = this.#frame = this.#head = undefined;
    return lines;
  }

  #drop(content: Lines): void {
    content.free(this.#memory);
    this.#place?.dropped(content.count);
    this.#onCompressed?.();
  }
}
