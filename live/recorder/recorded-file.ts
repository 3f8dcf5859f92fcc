import { open } from 'node:fs/promises';
import { encodeLine, type Metadata, ZERO_TIMESTAMP } from '../../parse/index.js';
import type { Compress, Decompress, FinishedFrame } from '../../saver/index.js';
import { RecorderError } from './recorder-error.js';

const NEWLINE = 0x0a;

/** Options of {@link RecordedFile}. */
export interface RecordedFileOptions {
  readonly path: string;
  /** Mode of the file, before the umask. */
  readonly mode: number;
  readonly metadata: Metadata;
  readonly compress: Compress;
  readonly decompress: Decompress;
}

/** File of one connection in a recording: metadata of its own, then the frames of the archive as they are. */
export class RecordedFile {
  readonly #options: RecordedFileOptions;
  #records = 0;
  #bytes = 0;
  #frames = 0;

  constructor(options: RecordedFileOptions) {
    this.#options = options;
  }

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Number of frames of records. */
  get frames(): number {
    return this.#frames;
  }

  /** Appends frames. @throws RecorderError */
  async append(frames: readonly FinishedFrame[]): Promise<void> {
    const pieces: Buffer[] = [];
    try {
      for (const frame of frames) pieces.push(...(await this.#piecesOf(frame)));
    } catch (error) {
      throw new RecorderError('compress', this.#options.path, error);
    }
    await this.#write(Buffer.concat(pieces));
  }

  /** Has the disk confirm the file. @throws RecorderError */
  async sync(): Promise<void> {
    await this.#with('sync', 'r+', async (file) => await file.sync());
  }

  async #piecesOf(frame: FinishedFrame): Promise<readonly Buffer[]> {
    const head = this.#frames === 0 ? [this.#head()] : [];
    this.#frames++;
    this.#records += frame.records;
    const { compress, decompress } = this.#options;
    if (!frame.hasMetadata) {
      return [...(await Promise.all(head.map((line) => compress([line])))), frame.bytes];
    }
    // It is the first frame of an archive: its metadata is not that of the recording.
    const content = await decompress(frame.bytes);
    return [await compress([...head, content.subarray(content.indexOf(NEWLINE) + 1)])];
  }

  #head(): Buffer {
    return encodeLine({ timestamp: ZERO_TIMESTAMP, metadata: this.#options.metadata });
  }

  async #write(bytes: Buffer): Promise<void> {
    await this.#with('write', 'a', async (file) => await file.appendFile(bytes));
    this.#bytes += bytes.length;
  }

  async #with(
    operation: string,
    flags: string,
    use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
  ): Promise<void> {
    const { path, mode } = this.#options;
    try {
      const file = await open(path, flags, mode);
      try {
        await use(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw new RecorderError(operation, path, error);
    }
  }
}
