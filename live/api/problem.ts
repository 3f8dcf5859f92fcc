import { STATUS_CODES } from 'node:http';
import { ExpressionError } from '../../expression/index.js';
import { RequestError } from '../answers/index.js';
import type { Answer } from '../http/index.js';
import { UnreadableError } from '../store/index.js';
import type { ProblemJson } from '../wire/index.js';

/** Stable codes of errors. */
export type ProblemCode =
  | 'ERR_EXPRESSION'
  | 'ERR_PARAMETER'
  | 'ERR_TOKEN'
  | 'ERR_READ_ONLY'
  | 'ERR_ORIGIN'
  | 'ERR_NO_ROUTE'
  | 'ERR_NO_CONNECTION'
  | 'ERR_NO_ARCHIVE'
  | 'ERR_NO_CONNTRACK'
  | 'ERR_NO_SERVICES'
  | 'ERR_NO_SERVICE'
  | 'ERR_NOT_ENFORCED'
  | 'ERR_TOO_MANY_BANS'
  | 'ERR_NO_ALERTS'
  | 'ERR_NO_ALERT'
  | 'ERR_NO_HTTP'
  | 'ERR_NO_RECORDER'
  | 'ERR_NO_RECORDING'
  | 'ERR_NO_RECORDS'
  | 'ERR_REPEATED'
  | 'ERR_NO_NETWORK'
  | 'ERR_NO_WATCHES'
  | 'ERR_NO_WATCH'
  | 'ERR_WATCHES_FULL'
  | 'ERR_KERNEL'
  | 'ERR_METHOD'
  | 'ERR_ACCEPT'
  | 'ERR_SEVERAL'
  | 'ERR_BODY'
  | 'ERR_CONTENT_TYPE'
  | 'ERR_URL'
  | 'ERR_HOST'
  | 'ERR_LIMIT'
  | 'ERR_HTTP'
  | 'ERR_FULL'
  | 'ERR_INTERNAL'
  | 'ERR_STOPPING';

/** Thrown by a route to answer with an error. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  /** @param detail sentence for the person who sent the request */
  constructor(
    readonly status: number,
    readonly code: ProblemCode,
    readonly detail: string,
    readonly more: Pick<ProblemJson, 'at' | 'matches'> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

/** Creates the error for a request that has to wait for its turn. */
export function limitError(detail: string, retryAfterSeconds = 1): ProblemError {
  return new ProblemError(429, 'ERR_LIMIT', detail, {}, { 'Retry-After': String(retryAfterSeconds) });
}

const REFUSALS: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  431: ['ERR_HTTP', 'the header of the request is too long: at most 16 KiB, and 100 lines'],
  503: ['ERR_FULL', 'there are too many clients'],
  505: ['ERR_HTTP', 'the request is not HTTP/1.1 or HTTP/1.0'],
};

/** Returns the answer to what cannot be read as a request, or finds no place. */
export function refusalOf(status: number): Answer {
  const [code, detail] = REFUSALS[status] ?? ['ERR_HTTP', 'the request is malformed: it needs one Host'];
  return problemAnswer(new ProblemError(status, code, detail));
}

/** Creates the error for a method that a resource, or the server, does not have. */
export function methodError(method: string, allowed: string): ProblemError {
  return new ProblemError(405, 'ERR_METHOD', `${method} is not possible here`, {}, { Allow: allowed });
}

/** Creates the error for a wrong parameter. */
export function parameterError(name: string, detail: string): ProblemError {
  return new ProblemError(400, 'ERR_PARAMETER', `${name}: ${detail}`);
}

/** Converts an error of an answer; undefined for a defect. */
export function toProblem(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  if (error instanceof ExpressionError) {
    return new ProblemError(400, 'ERR_EXPRESSION', error.message, { at: error.at });
  }
  // Its message names the parameter.
  if (error instanceof UnreadableError) return new ProblemError(404, 'ERR_NO_ARCHIVE', error.message);
  if (error instanceof RequestError) return new ProblemError(400, 'ERR_PARAMETER', error.message);
  return undefined;
}

/** Formats an error as `application/problem+json` (RFC 9457). */
export function problemAnswer({ status, code, detail, more, headers }: ProblemError): Answer {
  const title = STATUS_CODES[status] ?? 'Error';
  const problem: ProblemJson = { type: 'about:blank', title, status, code, detail, ...more };
  return {
    status,
    headers: { ...headers, 'Content-Type': 'application/problem+json; charset=utf-8' },
    body: `${JSON.stringify(problem)}\n`,
  };
}
