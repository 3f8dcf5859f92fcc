/** Room for the line of a flow that is written value by value; the longest one takes 1,900 bytes. */
const LINE_ROOM = 4096;
const FIRST_BYTES = 256 * 1024;
const LINE_END = 0x0a;
/** UTF-8 takes at most three bytes for a unit of UTF-16. */
const MAX_UTF8 = 3;

/** Bytes of lines, in memory that is used again. */
export class LineBytes {
  /** Memory to write to, from {@link length} on. */
  out = new Uint8Array(FIRST_BYTES);
  /** Number of bytes of complete lines. */
  length = 0;
  #spare: Uint8Array<ArrayBuffer> | undefined;
  readonly #encoder = new TextEncoder();

  /** Makes room for one more line. */
  makeRoom(bytes = LINE_ROOM): void {
    if (this.out.length - this.length >= bytes) return;
    const larger = new Uint8Array(Math.max(2 * this.out.length, this.length + bytes));
    larger.set(this.out.subarray(0, this.length));
    this.out = larger;
  }

  /** Adds a line of any text. */
  addText(text: string): void {
    this.makeRoom(MAX_UTF8 * text.length + 1);
    this.length += this.#encoder.encodeInto(text, this.out.subarray(this.length)).written;
    this.out[this.length++] = LINE_END;
  }

  /** Returns what was added since the last call. It is not written to until it is given back. */
  take(): Uint8Array {
    const taken = this.out.subarray(0, this.length);
    this.out = this.#spare ?? new Uint8Array(this.out.length);
    this.#spare = undefined;
    this.length = 0;
    return taken;
  }

  /** Gives back what {@link take} returned. */
  giveBack({ buffer }: Uint8Array): void {
    if (buffer instanceof ArrayBuffer) this.#spare = new Uint8Array(buffer);
  }
}
