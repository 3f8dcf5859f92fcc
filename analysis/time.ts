import { timestampToNs } from '../parse/index.js';

/**
 * Microseconds since the Unix epoch of an RFC 3339 timestamp; what is below a microsecond is cut off. NaN when it is
 * none, which a record that was read cannot have.
 */
export function timestampToUs(text: string): number {
  const ns = timestampToNs(text);
  if (ns === undefined) return Number.NaN;
  const us = ns / 1000n;
  return Number(ns % 1000n < 0n ? us - 1n : us);
}
