import type { ListenError } from '../http/index.js';

/** Thrown when the live API cannot listen on one of its addresses. The message contains the address and the reason. */
export class LiveListenError extends Error {
  override readonly name = 'LiveListenError';
  /** See {@link ListenError.code}. */
  readonly code: string;
  /** See {@link ListenError.address}. */
  readonly address: string;

  constructor(cause: ListenError) {
    super(`live API: ${cause.message}`, { cause });
    this.code = cause.code;
    this.address = cause.address;
  }
}
