import { type WatchAnswering, WatchError, type WatchErrorCode } from '../../answers/index.js';
import type { Reply } from '../../http/index.js';
import type { WatchesJson } from '../../wire/index.js';
import { bodyError, bodyObject } from '../body.js';
import { type ApiContext, type ApiRequest, type ApiRoute, jsonAnswer } from '../context.js';
import { findRow } from '../find-row.js';
import { type ProblemCode, ProblemError } from '../problem.js';

const DEFAULT_INTERVAL_MS = 1;
const DEFAULT_FOR_SEC = 60;
const KEYS = ['filter', 'id', 'intervalMs', 'forSec'];
const NOT_FOUND = 404;
const SEVERAL = 409;

/** Routes for watches. */
export const WATCH_ROUTES: readonly ApiRoute[] = [
  {
    path: '/watches',
    summary: 'Watches, and how many connections they read',
    parameters: [],
    answers: [{ type: 'application/json', schema: 'WatchesJson', description: 'Watches, oldest first' }],
    errors: [NOT_FOUND],
    handle: (_, context) => jsonAnswer(watchesJson(watchesOf(context))),
  },
  {
    path: '/watches',
    summary: 'Begins a watch: reads connections exactly, each 1 to 1000 ms, beside the scans',
    parameters: [],
    body: { schema: 'WatchRequestJson', description: 'Which connections, how often and for how long' },
    success: 201,
    answers: [{ type: 'application/json', schema: 'WatchJson', description: 'Watch' }],
    errors: [NOT_FOUND, SEVERAL],
    handle: begin,
  },
  {
    path: '/watches/{id}',
    method: 'DELETE',
    summary: 'Ends a watch',
    id: 'Number of a watch.',
    parameters: [],
    answers: [{ type: 'application/json', schema: 'WatchesJson', description: 'Watches that are left' }],
    handle: ({ id }, context) => {
      const watches = watchesOf(context);
      if (!/^\d{1,9}$/.test(id) || !watches.stop(Number(id))) {
        throw new ProblemError(NOT_FOUND, 'ERR_NO_WATCH', 'there is no watch of this number');
      }
      return jsonAnswer(watchesJson(watches));
    },
  },
];

/** @throws ProblemError for archives */
function watchesOf({ watches }: ApiContext): WatchAnswering {
  if (watches !== undefined) return watches;
  throw new ProblemError(
    NOT_FOUND,
    'ERR_NO_WATCHES',
    'archives cannot be watched: ask a collector that runs with -live',
  );
}

function watchesJson(watches: WatchAnswering): WatchesJson {
  const { connections, maxConnections } = watches;
  return { time: new Date().toISOString(), reading: connections, maxConnections, watches: watches.list() };
}

async function begin({ exchange, parameters }: ApiRequest, context: ApiContext): Promise<Reply> {
  const watches = watchesOf(context);
  const body = await bodyObject(exchange, KEYS);
  const intervalMs = numberOf(body, 'intervalMs') ?? DEFAULT_INTERVAL_MS;
  const forSec = numberOf(body, 'forSec') ?? DEFAULT_FOR_SEC;
  const [filter, id] = [textOf(body, 'filter'), textOf(body, 'id')];
  if ((filter === undefined) === (id === undefined)) throw bodyError('expected one of filter and id');
  const connections =
    filter === undefined
      ? { keys: [(await findRow({ exchange, parameters, id: id ?? '' }, context)).key] }
      : { filter };
  try {
    return jsonAnswer(await watches.begin({ connections, intervalMs, forSec }), 201);
  } catch (error) {
    throw error instanceof WatchError ? problemOf(error) : error;
  }
}

const PROBLEMS: Readonly<Record<WatchErrorCode, readonly [status: number, code: ProblemCode]>> = {
  ERR_NO_CONNECTION: [404, 'ERR_NO_CONNECTION'],
  ERR_WATCH_VALUE: [400, 'ERR_BODY'],
  ERR_WATCHES_FULL: [429, 'ERR_WATCHES_FULL'],
  ERR_WATCH_THREAD: [503, 'ERR_KERNEL'],
};

function problemOf({ code, message }: WatchError): ProblemError {
  const [status, problem] = PROBLEMS[code];
  return new ProblemError(status, problem, message);
}

function numberOf(body: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const value = body[key];
  if (value === undefined || typeof value === 'number') return value;
  throw bodyError(`${key}: expected a number`);
}

function textOf(body: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = body[key];
  if (value === undefined || typeof value === 'string') return value;
  throw bodyError(`${key}: expected a text`);
}
