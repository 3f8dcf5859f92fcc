/** Records that wait at most, before the source has to wait. */
const MAX_WAITING = 4096;

/** Queue of records, or of what they are made of, that are written together as soon as the stream has taken the ones before. */
export class RecordQueue<T> {
  readonly #write: (records: readonly T[]) => Promise<void>;
  readonly #onFailure: () => void;
  #waiting: T[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param write writes records
   * @param onFailure called when a write fails; {@link finish} throws the error
   */
  constructor(write: (records: readonly T[]) => Promise<void>, onFailure: () => void) {
    this.#write = write;
    this.#onFailure = onFailure;
  }

  /** Adds a record. Returns a promise to wait for if too many are waiting. */
  push(record: T): Promise<void> | undefined {
    if (this.#failure !== undefined) return undefined;
    this.#waiting.push(record);
    this.#writing ??= this.#writeAll();
    return this.#waiting.length < MAX_WAITING ? undefined : this.#writing;
  }

  /** Waits until all records are written. @throws the error of a write */
  async finish(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #writeAll(): Promise<void> {
    // Records of the same turn are written at once.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.#waiting.length > 0) {
        const records = this.#waiting;
        this.#waiting = [];
        await this.#write(records);
      }
    } catch (error) {
      this.#failure = { error };
      this.#waiting = [];
      this.#onFailure();
    } finally {
      this.#writing = undefined;
    }
  }
}
