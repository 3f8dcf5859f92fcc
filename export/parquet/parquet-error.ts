/** Thrown when a dataset cannot be written. */
export class ParquetError extends Error {
  override readonly name = 'ParquetError';

  /** @param code stable and machine-readable, about the folder: `ERR_NOT_EMPTY`, `ERR_IN_USE` */
  constructor(
    readonly code: 'ERR_NOT_EMPTY' | 'ERR_IN_USE',
    message: string,
  ) {
    super(message);
  }
}
