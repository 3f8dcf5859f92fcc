import { UnreadableError } from '../../live/store/index.js';

/**
 * Reasons for which a store over archives cannot answer. `ERR_TOO_MANY`: more connections than it holds. `ERR_GONE`: the
 * archives of a connection can no longer be read, or could be only once, as standard input. `ERR_NO_UUID`: the
 * connection has no UUID, and the archives have others.
 */
export type ArchiveStoreErrorCode = 'ERR_TOO_MANY' | 'ERR_GONE' | 'ERR_NO_UUID';

/** Error of a store over archives. */
export class ArchiveStoreError extends UnreadableError {
  override readonly name: string = 'ArchiveStoreError';

  constructor(
    message: string,
    override readonly code: ArchiveStoreErrorCode,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
