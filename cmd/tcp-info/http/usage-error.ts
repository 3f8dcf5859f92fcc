/** Arguments that make no sense together, or a value that is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
