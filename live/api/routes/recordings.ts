import type { Exchange, Reply } from '../../http/index.js';
import type { RecordOutcome, RecordRequest } from '../../recorder/index.js';
import type { RecordingStartedJson, RecordingsJson } from '../../wire/index.js';
import { bodyError, bodyObject } from '../body.js';
import { type ApiContext, type ApiRequest, type ApiRoute, jsonAnswer, type RecordingsAnswering } from '../context.js';
import { downloadAnswer, takeDownload } from '../download.js';
import { durationFrom } from '../parameters.js';
import { limitError, ProblemError } from '../problem.js';

const KEYS = ['id', 'filter', 'before', 'after', 'note'] as const;
const MAX_NOTE = 1000;
const MAX_AFTER_US = 600e6;
const MAX_BEFORE_US = 3600e6;
/** Connections that a filter may choose: as many as a recording may have. */
const MAX_ROWS = 1000;
const TAR = '.tar';
const NOT_FOUND = 404;

/** Routes for recordings of the flight recorder. */
export const RECORDING_ROUTES: readonly ApiRoute[] = [
  {
    path: '/recordings',
    summary: 'Recordings of the flight recorder, and its memory',
    parameters: [],
    answers: [{ type: 'application/json', schema: 'RecordingsJson', description: 'Recordings, oldest first' }],
    errors: [NOT_FOUND],
    handle: list,
  },
  {
    path: '/recordings',
    summary: 'Saves what memory has of connections, and what comes for a while',
    parameters: [],
    body: { schema: 'RecordingRequestJson', description: 'Connections, and the time before and after now' },
    success: 202,
    answers: [{ type: 'application/json', schema: 'RecordingStartedJson', description: 'Recording that was begun' }],
    errors: [NOT_FOUND, 409],
    handle: record,
  },
  {
    path: '/recordings/{id}',
    summary: 'One recording as a tar archive, which reading tools take as it is',
    id: 'Name of a recording with .tar behind it.',
    parameters: [],
    answers: [{ type: 'application/x-tar', description: 'Folder of the recording' }],
    handle: download,
  },
];

function recordingsOf({ recordings }: ApiContext): RecordingsAnswering {
  if (recordings !== undefined) return recordings;
  throw new ProblemError(NOT_FOUND, 'ERR_NO_RECORDER', 'nothing is recorded: start the collector with -recorder');
}

async function list(_: ApiRequest, context: ApiContext): Promise<Reply> {
  const recordings = recordingsOf(context);
  const { bytes, maxBytes, keepMs, connections } = recordings.memory;
  const json: RecordingsJson = {
    time: new Date().toISOString(),
    memory: { bytes, maxBytes, windowUs: keepMs * 1000, connections },
    path: recordings.path,
    recordings: await recordings.list(),
  };
  return jsonAnswer(json);
}

async function record({ exchange }: ApiRequest, context: ApiContext): Promise<Reply> {
  const recordings = recordingsOf(context);
  const body = await bodyObject(exchange, KEYS);
  const [id, filter, note] = [text(body, 'id'), text(body, 'filter'), text(body, 'note')];
  if ((id === undefined) === (filter === undefined)) throw bodyError('expected one of id and filter');
  if (note !== undefined && note.length > MAX_NOTE) throw bodyError(`note: at most ${MAX_NOTE} letters`);
  const { keepMs } = recordings.memory;
  const request: RecordRequest = {
    uuids: id === undefined ? await chosen(filter ?? '', context) : await named(id, context),
    beforeMs: duration(body, 'before', MAX_BEFORE_US) ?? keepMs,
    afterMs: duration(body, 'after', MAX_AFTER_US) ?? 0,
    trigger: 'manual',
    ...(filter === undefined ? {} : { expression: filter }),
    ...(note === undefined ? {} : { note }),
  };
  return started(recordings.record(request), exchange, context);
}

function started(outcome: RecordOutcome, { side }: Exchange, { log }: ApiContext): Reply {
  if (outcome.kind === 'refused') throw refusal(outcome);
  const { name, connections, left, bytes } = outcome;
  log.info('recording asked for', { recording: name, connections, side });
  const json: RecordingStartedJson = { recording: name, state: 'writing', connections, left, bytes };
  return jsonAnswer(json, 202);
}

function refusal({ reason, detail }: RecordOutcome & { readonly kind: 'refused' }): ProblemError {
  switch (reason) {
    case 'busy':
      return limitError(detail);
    case 'unknown':
      return new ProblemError(NOT_FOUND, 'ERR_NO_RECORDS', detail);
    case 'repeated':
      return new ProblemError(409, 'ERR_REPEATED', detail);
    case 'stopping':
      return new ProblemError(503, 'ERR_STOPPING', detail);
  }
}

/** Returns the UUIDs of the connections that an id names. @throws ProblemError without one, or for several */
async function named(id: string, { answering }: ApiContext): Promise<readonly string[]> {
  const rows = await answering.find(id);
  if (rows.length > 1) {
    const matches = rows.slice(0, 20).map(({ key }) => key);
    throw new ProblemError(409, 'ERR_SEVERAL', `${rows.length} connections have this id`, { matches });
  }
  return rows.flatMap(({ identity }) => identity.uuid ?? []);
}

async function chosen(filter: string, { answering }: ApiContext): Promise<readonly string[]> {
  const { connections } = await answering.view({ filter, limit: MAX_ROWS, fields: 'uuid', closed: 'true' });
  return connections.flatMap(({ uuid }) => uuid ?? []);
}

function text(body: Readonly<Record<string, unknown>>, key: (typeof KEYS)[number]): string | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw bodyError(`${key}: expected a text`);
  return value;
}

/** Returns a duration in milliseconds. @throws ProblemError */
function duration(
  body: Readonly<Record<string, unknown>>,
  key: (typeof KEYS)[number],
  maxUs: number,
): number | undefined {
  const value = text(body, key);
  if (value === undefined) return undefined;
  const us = durationFrom(value);
  if (us !== undefined && us >= 0 && us <= maxUs) return us / 1000;
  throw bodyError(`${key}: expected a duration up to ${maxUs / 60e6}m, such as 30s`);
}

async function download({ id, exchange }: ApiRequest, context: ApiContext): Promise<Reply> {
  const recordings = recordingsOf(context);
  const name = id.endsWith(TAR) ? id.slice(0, -TAR.length) : '';
  const pieces = await recordings.pack(name);
  if (pieces === undefined) {
    throw new ProblemError(
      NOT_FOUND,
      'ERR_NO_RECORDING',
      'there is no complete recording of this name; it ends in .tar',
    );
  }
  const free = takeDownload(context.bounds, exchange);
  exchange.onDone(free);
  return downloadAnswer(pieces, {
    ...{ exchange, free, log: context.log },
    headers: { 'Content-Type': 'application/x-tar', 'Content-Disposition': `attachment; filename="${name}${TAR}"` },
  });
}
