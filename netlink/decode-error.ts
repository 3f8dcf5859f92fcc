/** Details of a {@link DecodeError}, besides its message. */
export interface DecodeErrorDetails {
  /** Stable, machine-readable code: `ERR_TRUNCATED`, `ERR_ATTRIBUTE_LENGTH`, … */
  readonly code: string;
  /** Offset of the first invalid byte, from the start of the decoded buffer. */
  readonly at: number;
  /** The underlying error, if any. */
  readonly cause?: unknown;
}

/** Error for bytes that cannot be decoded: truncated, or of an impossible length. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** See {@link DecodeErrorDetails.code}. */
  readonly code: string;
  /** See {@link DecodeErrorDetails.at}. */
  readonly at: number;
  /** The decoded object and its fault, e.g. `nlattr: length 3 < 4`. */
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
 * @throws DecodeError `ERR_TRUNCATED`; its `at` is the buffer's end.
 */
export function requireBytes(bytes: Uint8Array, offset: number, need: number, what: string): void {
  if (offset + need > bytes.length) {
    const have = Math.max(0, bytes.length - offset);
    throw new DecodeError(`${what}: ${have} bytes < ${need}`, { code: 'ERR_TRUNCATED', at: bytes.length });
  }
}
