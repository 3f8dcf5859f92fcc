import { timestampToNs } from '../parse/index.js';

/**
 * Converts an RFC 3339 timestamp to microseconds since the Unix epoch, cutting off smaller digits. NaN for an invalid
 * timestamp, which records that were read cannot have.
 */
export function timestampToUs(text: string): number {
  const ns = timestampToNs(text);
  if (ns === undefined) return Number.NaN;
  const us = ns / 1000n;
  return Number(ns % 1000n < 0n ? us - 1n : us);
}
