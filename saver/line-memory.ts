/** Pool of memory chunks for lines. Chunks are reused: allocating and freeing them costs more than filling them. */
export interface LineMemory {
  /**
   * Returns an uninitialised chunk of at least `room` bytes.
   * @param wanted bytes that the caller could use; the chunk may be larger than `room` for them
   */
  take(room: number, wanted?: number): Buffer;
  /** Returns the length of the chunk that {@link take} returns for `room` bytes. */
  sizeFor(room: number): number;
  /** Memory of the chunks in use and the spare ones, bytes. */
  readonly heldBytes: number;
  /** Takes back a chunk that is no longer used. */
  give(chunk: Buffer): void;
  /** Frees the chunks that were spare all the time since the last call. */
  freeUnused(): void;
}
