import { DecodeError } from '../netlink/index.js';
import { isTimestamp } from './timestamp.js';

/** Creates the error for an invalid field of a line: `ERR_RECORD`. */
export function invalid(what: string): DecodeError {
  return new DecodeError(what, { code: 'ERR_RECORD', at: 0 });
}

/** Returns whether a key is absent; null counts as absent, as in Go. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/**
 * Returns the value as an object.
 * @param what name of the value in the error; the functions below use it too
 * @throws DecodeError when it is not an object
 */
export function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} is not an object`);
  return value as Record<string, unknown>;
}

/**
 * Returns the value as a timestamp.
 * @throws DecodeError when it is not RFC 3339
 */
export function asTimestamp(value: unknown, what: string): string {
  if (typeof value !== 'string' || !isTimestamp(value)) throw invalid(`${what} is not RFC 3339`);
  return value;
}

/**
 * Returns the value as a string.
 * @throws DecodeError when it is not a string
 */
export function asText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw invalid(`${what} is not a string`);
  return value;
}

/**
 * Returns the value as an integer.
 * @throws DecodeError when it is not an integer that a double holds exactly
 */
export function asInteger(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw invalid(`${what} is not an integer`);
  return value;
}
