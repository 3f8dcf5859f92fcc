import { describeSystemError } from '../../host/errors/index.js';
import { classOf, ObjectStoreError } from './error.js';

/** Deadline of a service that gives credentials. A machine without one often has no route to it. */
const DEADLINE_MS = 5000;
/** Longest answer of such a service. */
const MAX_BYTES = 64 * 1024;

/**
 * Asks a service that gives credentials, and returns its answer. Neither is in a message.
 * @throws ObjectStoreError
 */
export async function askText(url: URL, init: RequestInit): Promise<string> {
  const on = `${url.origin}${url.pathname}`;
  try {
    const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(DEADLINE_MS) });
    const text = await response.text();
    if (response.ok && text.length <= MAX_BYTES) return text;
    const code = response.ok ? 'ERR_TOO_LONG' : String(response.status);
    throw new ObjectStoreError(response.ok ? 'the answer is too long' : `HTTP status ${response.status}`, {
      operation: 'credentials',
      on,
      kind: response.ok ? 'refused' : classOf(response.status, ''),
      code,
    });
  } catch (error) {
    if (error instanceof ObjectStoreError) throw error;
    throw new ObjectStoreError(failureWords(error), {
      operation: 'credentials',
      on,
      kind: 'network',
      code: failureCode(error),
      cause: error,
    });
  }
}

/** Describes why `fetch` failed: its own message is always "fetch failed". */
export function failureWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  // Of several addresses of a name, each has failed: the last says what most of them say.
  const cause = error.cause instanceof AggregateError ? error.cause.errors.at(-1) : error.cause;
  return cause === undefined ? error.message : describeSystemError(cause);
}

/** Returns the code of a failure of `fetch`. */
export function failureCode(error: unknown): string {
  if (!(error instanceof Error)) return 'ERR_UNKNOWN';
  if (error.name === 'TimeoutError') return 'ETIMEDOUT';
  const { cause } = error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause) return String(cause.code);
  return 'ERR_FETCH';
}
