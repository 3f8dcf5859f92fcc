import type { FrameReason } from '../metrics/index.js';
import type { ArchiveFile } from './archive-file.js';
import type { Compress } from './compress.js';
import type { LineMemory } from './line-memory.js';
import type { Lines } from './lines.js';

/** One file of a connection, from the first line meant for it: it exists on disk once its first frame is written. */
export interface FilePlan {
  readonly folder: string;
  /** When the next record goes to a new file, milliseconds of the saver's clock. */
  readonly expiresMs: number;
  file?: ArchiveFile;
}

/** What a job is made with. */
export interface JobOptions {
  readonly plan: FilePlan;
  /** Lines for the file; may be none when the job only closes it. */
  readonly lines: Lines;
  /** Gets their memory back. */
  readonly memory: LineMemory;
  readonly reason: FrameReason;
  /** Whether the file ends with it. */
  readonly closes: boolean;
  /** The metadata line to stand before the content, and the sequence number that it says. */
  readonly head?: { readonly line: Buffer; readonly sequence: number };
}

/** A compressed frame. */
export interface Frame {
  readonly bytes: Buffer;
  /** What its metadata line says; undefined when it has none. */
  readonly sequence: number | undefined;
}

/** What a job costs beside its bytes: the objects of it and of its connection. An estimate, on the safe side. */
const OVERHEAD_BYTES = 512;

/** Content on its way to a file: lines at first, then the frame that they are compressed to. */
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
  /** Whether the compressor reads the lines, so that their memory cannot be given back yet. */
  #isCompressing = false;
  /** Whether the disk has refused it before. */
  wasRefused = false;
  /** Whether it was written, and given back because the disk did not confirm it. */
  wasGivenBack = false;
  /** Whether its lines were counted as lost, though it may yet be written. */
  isCountedLost = false;
  /** Whether it is in the hands of the disk, which has not confirmed it, so that it cannot be dropped. */
  isWriting = false;

  constructor({ plan, lines, memory, reason, closes, head }: JobOptions) {
    this.plan = plan;
    this.#memory = memory;
    this.reason = reason;
    this.closes = closes;
    this.#contentBytes = lines.length;
    this.#lines = lines.count;
    this.#content = lines.count === 0 ? undefined : lines;
    this.#head = head;
  }

  /** Bytes of its lines, before compression. */
  get contentBytes(): number {
    return this.#contentBytes;
  }

  /** Lines that it still carries; 0 once they are written or dropped. */
  get lines(): number {
    return this.#lines;
  }

  get frame(): Frame | undefined {
    return this.#frame;
  }

  /** Whether it has to be compressed before it can be done. */
  get isRaw(): boolean {
    return this.#content !== undefined;
  }

  /** Memory that it holds, bytes. */
  get heldBytes(): number {
    const bytes = this.#frame?.bytes.length ?? this.#content?.heldBytes ?? 0;
    return bytes + OVERHEAD_BYTES;
  }

  /**
   * Compresses its lines, unless they are dropped meanwhile, and gives their memory back.
   * @throws what the compressor throws
   */
  async compress(compress: Compress): Promise<void> {
    const content = this.#content;
    if (content === undefined) return;
    const pieces = content.pieces();
    if (this.#head !== undefined) pieces.unshift(this.#head.line);
    this.#isCompressing = true;
    try {
      const bytes = await compress(pieces);
      if (this.#lines > 0) this.replace({ bytes, sequence: this.#head?.sequence });
    } finally {
      this.#isCompressing = false;
      content.free(this.#memory);
      this.#content = undefined;
    }
  }

  /**
   * Lets go of all lines but the last, which is a connection's final record if the file ends with the job. Only of lines
   * that no one looks at: not once they are being compressed; and only where that frees memory. Returns how many those were.
   */
  keepLast(): number {
    const dropped = this.#lines - 1;
    if (this.#content === undefined || this.#isCompressing || dropped < 1) return 0;
    const last = this.#content.last(this.#memory);
    if (last === undefined) return 0;
    this.#content = last;
    this.#contentBytes = last.length;
    this.#lines = 1;
    return dropped;
  }

  /** Holds this frame from now on. */
  replace(frame: Frame): void {
    this.#frame = frame;
    this.#content = undefined;
    this.#head = undefined;
  }

  /** Lets go of what it holds. Returns how many lines that were. */
  release(): number {
    const lines = this.#lines;
    this.#lines = 0;
    if (!this.#isCompressing) this.#content?.free(this.#memory);
    this.#content = this.#frame = this.#head = undefined;
    return lines;
  }
}
