import { takeTurns } from './turn.js';

/** Reads exact byte counts from a stream of chunks. */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #available = 0;
  #consumed = 0;
  readonly #source: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Number of bytes taken so far. */
  get consumed(): number {
    return this.#consumed;
  }

  /** First received piece, which is not taken; may be empty even before the end of the input. */
  get front(): Buffer {
    return this.#chunks[0] ?? NOTHING;
  }

  /** Returns up to `count` bytes without taking them; fewer only at the end of the input. */
  async peek(count: number): Promise<Buffer> {
    await this.#fill(count);
    if (this.front.length < count && this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.front.subarray(0, count);
  }

  /** Takes exactly `count` bytes, or returns undefined when the input ends before. */
  async take(count: number): Promise<Buffer | undefined> {
    const bytes = await this.peek(count);
    if (bytes.length < count) return undefined;
    this.drop(count);
    return bytes;
  }

  /** Takes 1 to `count` bytes, as many as the first piece has, or returns undefined at the end of the input. */
  async takeSome(count: number): Promise<Buffer | undefined> {
    await this.#fill(1);
    const bytes = this.front.subarray(0, count);
    if (bytes.length === 0) return undefined;
    this.drop(bytes.length);
    return bytes;
  }

  /** Takes `count` bytes of {@link front}. */
  drop(count: number): void {
    const rest = this.front.subarray(count);
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.#available -= count;
    this.#consumed += count;
  }

  /** Closes the source. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(count: number): Promise<void> {
    const turn = takeTurns();
    if (turn !== undefined) await turn;
    while (this.#available < count) {
      const next = await this.#source.next();
      if (next.done) return;
      const { buffer, byteOffset, byteLength } = next.value;
      if (byteLength === 0) continue;
      this.#chunks.push(Buffer.from(buffer, byteOffset, byteLength));
      this.#available += byteLength;
    }
  }
}

const NOTHING = Buffer.alloc(0);
