/** Error for a damaged block of a frame. */
export class BlockError extends Error {
  override readonly name = 'BlockError';
}
