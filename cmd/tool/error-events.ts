import type { Writable } from 'node:stream';

/** Ignores error events of streams: a failed write reports to its caller, and an unhandled event would end the process. */
export function ignoreErrorEvents(...streams: readonly Writable[]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
