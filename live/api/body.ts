import type { Exchange } from '../http/index.js';
import { ProblemError } from './problem.js';

/** Longest body of a request, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Reads the body of a request as text.
 * @throws ProblemError 413 when it is too long, 411 without a length, 400 when it does not arrive
 */
export async function bodyText(exchange: Exchange): Promise<string> {
  const body = await exchange.readBody(MAX_BODY_BYTES);
  switch (body.kind) {
    case 'read':
      return body.bytes.toString('utf8');
    case 'too-large':
      throw new ProblemError(413, 'ERR_BODY', `the body has more than ${MAX_BODY_BYTES} bytes`);
    case 'chunked':
      throw new ProblemError(411, 'ERR_BODY', 'the body needs a Content-Length');
    case 'gone':
      // No one reads it.
      throw new ProblemError(400, 'ERR_BODY', 'the body has not arrived');
  }
}

/**
 * Reads the body of a request as an object of JSON.
 * @param keys the keys that it may have: a typo must not change what is asked for
 * @throws ProblemError 400 for anything else, and as {@link bodyText}
 */
export async function bodyObject(
  exchange: Exchange,
  keys: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const value = parsed(await bodyText(exchange));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bodyError('expected an object');
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw bodyError(`${JSON.stringify(unknown)} is not one of ${keys.join(', ')}`);
  return value as Readonly<Record<string, unknown>>;
}

/** Creates the error for a wrong body. */
export function bodyError(detail: string): ProblemError {
  return new ProblemError(400, 'ERR_BODY', `body: ${detail}`);
}

/**
 * Checks that a request that changes something says that it is JSON: a form of another site cannot say that.
 * @throws ProblemError 415
 */
export function requireJson({ headers }: Exchange): void {
  if (/^application\/json(?:$|[ ;])/i.test(headers.get('content-type') ?? '')) return;
  throw new ProblemError(415, 'ERR_CONTENT_TYPE', 'expected Content-Type: application/json');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw bodyError(cause instanceof Error ? cause.message : String(cause));
  }
}
