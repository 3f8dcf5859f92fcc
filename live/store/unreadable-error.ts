/** Thrown by a store that cannot read a connection. The message is for the person who asked for it. */
export abstract class UnreadableError extends Error {
  override readonly name: string = 'UnreadableError';
  abstract readonly code: string;
}
