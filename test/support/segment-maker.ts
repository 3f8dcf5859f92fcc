import { appendFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { encodeTrailer, type StreamKind, segmentName } from '../../live/stream/index.js';
import { compressFrame } from '../../zstd/index.js';

/** Writer of segments as a collector writes them, one frame at a time. */
export class SegmentMaker {
  readonly #folder: string;
  readonly kind: StreamKind;
  readonly epoch: string;
  #first = 0;
  #frames = 0;
  #rows = 0;
  #number = 0;

  /** @param folder folder of the stream */
  constructor(folder: string, kind: StreamKind, epoch = '5f3a9c1d-t1x9q0-8a3c') {
    this.#folder = join(folder, kind);
    this.kind = kind;
    this.epoch = epoch;
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Path of the segment that is being written. */
  get path(): string {
    return join(this.#folder, segmentName({ epoch: this.epoch, first: this.#first, isOpen: true }));
  }

  /** Number of frames so far. */
  get frames(): number {
    return this.#number;
  }

  /** Appends a frame of rows with an own `uuid` each; returns them. */
  async frame(rows = 3, node = 'one'): Promise<string[]> {
    const uuids = Array.from({ length: rows }, (_, row) => `${this.epoch}-${this.kind}-${this.#number}-${row}`);
    const origin = this.kind === 's' ? { Cluster: 'test', Node: node } : { cluster: 'test', node };
    const lines = uuids.map((uuid) => `${JSON.stringify({ ...origin, uuid })}\n`).join('');
    appendFileSync(this.path, await compressFrame(Buffer.from(lines)));
    this.#number++;
    this.#frames++;
    this.#rows += rows;
    return uuids;
  }

  /** Finishes the segment; the next frame begins another one. Returns its path. */
  seal(): string {
    const { kind, epoch } = this;
    const trailer = encodeTrailer({ kind, epoch, first: this.#first, frames: this.#frames, rows: this.#rows });
    appendFileSync(this.path, trailer);
    const path = join(this.#folder, segmentName({ epoch, first: this.#first, isOpen: false }));
    renameSync(this.path, path);
    this.#first = this.#number;
    this.#frames = 0;
    this.#rows = 0;
    return path;
  }
}
