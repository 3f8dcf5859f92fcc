/** A dataset that cannot be written. */
export class ParquetError extends Error {
  override readonly name = 'ParquetError';

  /**
   * @param code stable and machine-readable: `ERR_NOT_EMPTY`, `ERR_IN_USE` of the folder
   */
  constructor(
    readonly code: 'ERR_NOT_EMPTY' | 'ERR_IN_USE',
    message: string,
  ) {
    super(message);
  }
}
