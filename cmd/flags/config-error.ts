/** Thrown for a flag, environment variable or file that cannot be used. The program prints it and exits with 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'ERR_CONFIG';

  /** @param flag the flag as the user would type it, or the environment variable that replaces it */
  constructor(
    readonly flag: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`${flag}: ${reason}`, options);
  }
}
