/** Pieces of memory for lines, used again: making and collecting them costs more than filling them. */
export interface LineMemory {
  /**
   * Returns a piece of at least `room` bytes, with anything in it.
   * @param wanted bytes that the taker has a use for, of which it gets as many as suit
   */
  take(room: number, wanted?: number): Buffer;
  /** Returns the length of the piece that {@link take} gives for `room` bytes. */
  sizeFor(room: number): number;
  /** Memory of pieces that are in use or wait to be used again, bytes. */
  readonly heldBytes: number;
  /** Takes a piece back that no one looks at any longer. */
  give(chunk: Buffer): void;
}
