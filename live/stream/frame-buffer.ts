import { type ArchivedRecord, lineBound, writeRecord } from '../../parse/index.js';

/** Content from which on a frame is complete, bytes. */
const FULL_BYTES = 256 * 1024;
/** Most content of a frame, bytes: compressed it is below the megabyte that brokers take. */
const MOST_BYTES = 512 * 1024;
/** Most UTF-8 bytes of a UTF-16 code unit. */
const MAX_UNIT_BYTES = 3;

/** Lines of one kind on their way to a frame. */
export class FrameBuffer {
  #bytes: Buffer | undefined;
  #length = 0;
  #lines = 0;
  #beganMs = 0;

  /** Bytes of the lines. */
  get length(): number {
    return this.#length;
  }

  /** Number of lines. */
  get lines(): number {
    return this.#lines;
  }

  /** Time of the first line, milliseconds of a monotonic clock. */
  get beganMs(): number {
    return this.#beganMs;
  }

  /** True when the frame is complete. */
  get isFull(): boolean {
    return this.#length >= FULL_BYTES;
  }

  /** Adds a line with its newline. Returns false if it does not fit, also into an empty frame. */
  line(text: string, nowMs: number): boolean {
    const bytes = this.#room(text.length * MAX_UNIT_BYTES, nowMs);
    if (bytes === undefined) return false;
    this.#length += bytes.write(text, this.#length);
    this.#lines++;
    return true;
  }

  /**
   * Adds the line of a record, as an archive has it, with texts before its first key.
   * @param beginning `{` and keys with their values, without a comma at the end
   */
  record(beginning: string, record: ArchivedRecord, nowMs: number): boolean {
    const bytes = this.#room(beginning.length * MAX_UNIT_BYTES + lineBound(record), nowMs);
    if (bytes === undefined) return false;
    const at = this.#length + bytes.write(beginning, this.#length);
    this.#length = writeRecord(record, bytes, at);
    // The comma takes the place of the brace with which the record's own line begins.
    bytes[at] = 0x2c;
    this.#lines++;
    return true;
  }

  /** Takes the content, after which the buffer is empty; undefined if it is. */
  take(): { readonly content: Buffer; readonly lines: number } | undefined {
    const [content, lines] = [this.#bytes?.subarray(0, this.#length), this.#lines];
    this.#bytes = undefined;
    this.#length = 0;
    this.#lines = 0;
    return content === undefined ? undefined : { content, lines };
  }

  #room(bytes: number, nowMs: number): Buffer | undefined {
    if (this.#length + bytes > MOST_BYTES) return undefined;
    if (this.#lines === 0) this.#beganMs = nowMs;
    // The system gives memory page by page, as it is written: a frame that stays small takes little.
    this.#bytes ??= Buffer.allocUnsafeSlow(MOST_BYTES);
    return this.#bytes;
  }
}
