/** Thrown when a recording cannot be written, or the folder of recordings cannot be used. */
export class RecorderError extends Error {
  override readonly name = 'RecorderError';
  readonly code: string;

  /**
   * @param operation what failed, such as `write`
   * @param cause the system's error, or a sentence
   */
  constructor(
    readonly operation: string,
    readonly path: string,
    cause: unknown,
  ) {
    const { code, message } = asFailure(cause);
    super(`${operation} ${path}: ${message}`, { cause });
    this.code = code;
  }
}

function asFailure(cause: unknown): { readonly code: string; readonly message: string } {
  if (!(cause instanceof Error)) return { code: 'ERR_RECORDING', message: String(cause) };
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : 'ERR_RECORDING';
  return { code, message: cause.message };
}
