const NEWLINE = '\n';

/** Splits the bytes of a stream into lines. Chunks may be cut anywhere, also within a letter. */
export class LineDecoder {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** Number of UTF-16 code units of the line that is not finished. */
  get pending(): number {
    return this.#rest.length;
  }

  /** Returns the lines that a chunk completes, without empty ones. */
  push(chunk: Uint8Array): string[] {
    const text = this.#decoder.decode(chunk, { stream: true });
    // What is left has no end of line: only the new text is searched.
    const last = text.lastIndexOf(NEWLINE);
    if (last < 0) {
      this.#rest += text;
      return [];
    }
    const whole = this.#rest + text.slice(0, last);
    this.#rest = text.slice(last + 1);
    return whole.split(NEWLINE).filter((line) => line.trim() !== '');
  }
}
