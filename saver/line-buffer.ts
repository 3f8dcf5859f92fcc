/**
 * Lines that wait to be compressed. It grows with use, because a buffer of full size for each of thousands of idle
 * connections would be most of the process; the first line's fits it, because many connections have no other.
 */
export class LineBuffer {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;
  #lines = 0;

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  /** Lines waiting. */
  get lines(): number {
    return this.#lines;
  }

  /** Adds a line, with its newline. Returns how many bytes it takes. */
  append(line: string): number {
    // A UTF-16 unit is at most three bytes of UTF-8; archive lines are ASCII but for an unusual UUID prefix.
    const most = line.length * 3;
    if (this.#bytes.length - this.#length < line.length) this.#grow(line.length);
    let written = this.#bytes.write(line, this.#length, 'utf8');
    if (written !== line.length) {
      this.#grow(most);
      written = this.#bytes.write(line, this.#length, 'utf8');
    }
    this.#length += written;
    this.#lines++;
    return written;
  }

  /** Takes everything out. The buffer returned is the caller's own. */
  take(): { readonly content: Buffer; readonly lines: number } {
    const taken = { content: this.#bytes.subarray(0, this.#length), lines: this.#lines };
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    this.#lines = 0;
    return taken;
  }

  #grow(room: number): void {
    const size = Math.max(this.#bytes.length * 2, this.#length + room);
    const bytes = Buffer.allocUnsafeSlow(size);
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}
