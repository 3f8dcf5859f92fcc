/** Damage within a block of a frame. */
export class BlockError extends Error {
  override readonly name = 'BlockError';
}
