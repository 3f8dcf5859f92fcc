/** What a {@link DecodeError} knows beside its message. */
export interface DecodeErrorDetails {
  /** Stable and machine-readable: `ERR_TRUNCATED`, `ERR_ATTRIBUTE_LENGTH`, … */
  readonly code: string;
  /** Offset, in bytes from the start of the decoded buffer, where the bytes stop making sense. */
  readonly at: number;
  /** The error that showed it, if another one did. */
  readonly cause?: unknown;
}

/** Bytes that cannot be what they claim to be: cut short, or of an impossible length. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** See {@link DecodeErrorDetails.code}. */
  readonly code: string;
  /** See {@link DecodeErrorDetails.at}. */
  readonly at: number;
  /** What was being decoded and what is wrong with it, e.g. `nlattr: length 3 < 4`. */
  readonly what: string;

  constructor(what: string, details: DecodeErrorDetails) {
    super(`decode ${what} at byte ${details.at}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.what = what;
    this.code = details.code;
    this.at = details.at;
  }
}

/**
 * Checks that a buffer holds `need` bytes from `offset` on.
 * @throws DecodeError `ERR_TRUNCATED`, `at` the buffer's end.
 */
export function requireBytes(bytes: Uint8Array, offset: number, need: number, what: string): void {
  if (offset + need > bytes.length) {
    const have = Math.max(0, bytes.length - offset);
    throw new DecodeError(`${what}: ${have} bytes < ${need}`, { code: 'ERR_TRUNCATED', at: bytes.length });
  }
}
