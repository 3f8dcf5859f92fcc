import { type ArchivedRecord, lineBound, writeRecord } from '../parse/index.js';

/** Grown by this factor at least, so that not every line copies those before it. */
const GROWTH = 1.5;
/** Of a buffer's size to what is in it, when it is taken out. */
const MAX_WASTE = 5 / 4;
/** Room over what the last lines took, so that a few more of the same length do not make it grow. */
const HEADROOM = 9 / 8;

/**
 * Lines that wait to be compressed. It grows with use, because a buffer of full size for each of thousands of idle
 * connections would be most of the process: at first to what the lines before took, or to one line, because many
 * connections have no other.
 */
export class LineBuffer {
  #bytes: Buffer = EMPTY;
  #length = 0;
  #lines = 0;
  /** What was taken out last, bytes. */
  #taken = 0;

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  /** Lines waiting. */
  get lines(): number {
    return this.#lines;
  }

  /** Adds the line of a record, with its newline, unless it is longer than `maxBytes`. Returns its bytes, or 0. */
  append(record: ArchivedRecord, maxBytes: number): number {
    const room = lineBound(record);
    if (this.#bytes.length - this.#length < room) this.#grow(room);
    const written = writeRecord(record, this.#bytes, this.#length) - this.#length;
    if (written > maxBytes) return 0;
    this.#length += written;
    this.#lines++;
    return written;
  }

  /** Takes everything out. The buffer returned is the caller's own. */
  take(): { readonly content: Buffer; readonly lines: number } {
    const content = this.#bytes.subarray(0, this.#length);
    // What waits for the disk waits long, maybe: not with room for lines that will never come.
    const isLoose = this.#bytes.length > this.#length * MAX_WASTE;
    const taken = { content: isLoose ? copyOf(content) : content, lines: this.#lines };
    this.#taken = this.#length;
    this.#bytes = EMPTY;
    this.#length = 0;
    this.#lines = 0;
    return taken;
  }

  #grow(room: number): void {
    const needed = this.#length + room;
    const size = this.#length === 0 ? this.#taken * HEADROOM : this.#bytes.length * GROWTH;
    const bytes = Buffer.allocUnsafeSlow(Math.max(needed, Math.ceil(size)));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}

/** Of its exact size: not from Node's pool, of which it would keep 8 KiB. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

const EMPTY = Buffer.alloc(0);
