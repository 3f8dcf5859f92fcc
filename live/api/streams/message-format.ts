import type { Exchange } from '../../http/index.js';
import { ProblemError } from '../problem.js';

/** Formats of streams: server-sent events, and lines of JSON. */
export const STREAM_TYPES = ['text/event-stream', 'application/x-ndjson'] as const;
/** One of {@link STREAM_TYPES}. */
export type StreamType = (typeof STREAM_TYPES)[number];

/**
 * Returns the format that a client accepts: server-sent events unless it names the other one.
 * @throws ProblemError 406 when it accepts neither
 */
export function streamType({ headers }: Exchange): StreamType {
  const accepted = (headers.get('accept') ?? '*/*').split(',').map((each) => each.split(';')[0]?.trim().toLowerCase());
  const named = STREAM_TYPES.find((type) => accepted.includes(type));
  if (named !== undefined) return named;
  if (accepted.includes('*/*') || accepted.includes('text/*')) return 'text/event-stream';
  const rest = accepted.includes('application/*') ? 'application/x-ndjson' : undefined;
  if (rest !== undefined) return rest;
  throw new ProblemError(406, 'ERR_ACCEPT', `expected Accept: ${STREAM_TYPES.join(' or ')}`);
}

/**
 * Formats a message of a stream.
 * @param json object as JSON, in one line
 */
export function formatMessage(type: StreamType, event: string, json: string, id?: number): string {
  if (type === 'application/x-ndjson') {
    return `${withMember(json, 'event', JSON.stringify(event))}\n`;
  }
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${json}\n\n`;
}

/** Returns an object as JSON with one more member, the first. */
export function withMember(json: string, name: string, value: string): string {
  const rest = json.slice(1);
  return `{"${name}":${value}${rest === '}' ? '' : ','}${rest}`;
}
