import { DecodeError } from '../netlink/index.js';
import { isTimestamp } from './timestamp.js';

/** The error for a field of a line that is not what the format says: `ERR_RECORD`. */
export function invalid(what: string): DecodeError {
  return new DecodeError(what, { code: 'ERR_RECORD', at: 0 });
}

/** Whether a key was left out; null counts as left out, as in Go. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** @throws DecodeError when it is none; `what` names it, as in the functions below */
export function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} is not an object`);
  return value as Record<string, unknown>;
}

/** @throws DecodeError when it is not RFC 3339 */
export function asTimestamp(value: unknown, what: string): string {
  if (typeof value !== 'string' || !isTimestamp(value)) throw invalid(`${what} is not RFC 3339`);
  return value;
}

/** @throws DecodeError when it is no string */
export function asText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw invalid(`${what} is not a string`);
  return value;
}

/** @throws DecodeError when it is no whole number that a double holds exactly */
export function asInteger(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw invalid(`${what} is not an integer`);
  return value;
}
