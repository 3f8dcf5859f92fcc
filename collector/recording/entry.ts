import type { Listening, WatchBatch } from '../../native/index.js';
import type { Netns } from '../../parse/index.js';
import { decodeBatch, encodeBatch, type RecordedBatch } from './batch-codec.js';
import { type BatchValue, fromJson, type Json, toJson } from './json-value.js';
import { EntryError } from './recording-error.js';
import { isObject, requireShape } from './shape.js';
import type { Moment } from './stepped-clock.js';

/** Name of the tick behind the lines that a later file of a recording repeats. */
export const CONTINUED = 'continued';

/** Event of a recorded collector, in the order in which they happened. */
export type RecordedEvent =
  /** The poll thread, or the thread that reads watched connections, handed over a batch. */
  | { readonly kind: 'batch'; readonly batch: RecordedBatch }
  /** The thread that reads watched connections was asked, while the event before was processed, for these batches. */
  | { readonly kind: 'flushed'; readonly batches: readonly WatchBatch[] }
  /** A connection is read from here on, or at another interval. */
  | {
      readonly kind: 'watched';
      /** Number of the watch in batches. */
      readonly watch: number;
      readonly cookie: bigint;
      /** Inode of its network namespace; absent: the collector's own. */
      readonly netnsInode?: number;
      readonly intervalNs: number;
    }
  /** A connection that goes on is read no longer. */
  | { readonly kind: 'unwatched'; readonly watch: number }
  /** A timer of the collector was due: `saver`, for example. */
  | { readonly kind: 'tick'; readonly name: string }
  /** The collector has a timer of this name. */
  | { readonly kind: 'timer'; readonly name: string }
  /** A network namespace is recorded from here on, as this source of the poll thread. */
  | { readonly kind: 'entered'; readonly source: number; readonly netns: Netns }
  /** Result of the subscription of a source to destroy events. */
  | { readonly kind: 'listening'; readonly source: number; readonly listening: Listening | undefined }
  /** All archives were closed, for SIGHUP. */
  | { readonly kind: 'rotated' }
  /** The collector began to stop. Batches of the last scans follow. */
  | { readonly kind: 'stopping' }
  /** The poll thread had ended. Nothing follows. */
  | { readonly kind: 'stopped' }
  /** The recorder lost these batches. */
  | { readonly kind: 'lost'; readonly batches: number };

/** Event with the time of the collector's clocks. */
export type RecordedEntry = RecordedEvent & { readonly at: Moment };

/** Encodes an entry as a line, with its newline. */
export function encodeEntry(event: RecordedEvent, { monotonicMs, timestamp }: Moment): string {
  return `${JSON.stringify({ At: [monotonicMs, timestamp], ...encodeEvent(event) })}\n`;
}

function encodeEvent(event: RecordedEvent): { readonly [key: string]: Json } {
  switch (event.kind) {
    case 'batch':
      return { Batch: encodeBatch(event.batch) };
    case 'flushed':
      return { Flushed: event.batches.map(encodeBatch) };
    case 'watched': {
      const { watch, cookie, netnsInode, intervalNs } = event;
      return { Watched: toJson({ watch, cookie, netnsInode, intervalNs }) };
    }
    case 'unwatched':
      return { Unwatched: toJson({ watch: event.watch }) };
    case 'tick':
      return { Tick: event.name };
    case 'timer':
      return { Timer: event.name };
    case 'entered':
      return { Entered: toJson({ source: event.source, netns: { ...event.netns } }) };
    case 'listening':
      return { Listening: toJson({ source: event.source, ...listeningValue(event.listening) }) };
    case 'rotated':
      return { Rotated: true };
    case 'stopping':
      return { Stopping: true };
    case 'stopped':
      return { Stopped: true };
    case 'lost':
      return { Lost: toJson({ batches: event.batches }) };
  }
}

function listeningValue(listening: Listening | undefined): { readonly [key: string]: BatchValue } {
  if (listening === undefined) return {};
  const { receiveBufferBytes, forced, fallbackFilter, failure } = listening;
  return { granted: { receiveBufferBytes, forced, fallbackFilter, failure: failure && { ...failure } } };
}

/**
 * Decodes a line of {@link encodeEntry}.
 * @throws EntryError
 */
export function decodeEntry(line: string): RecordedEntry {
  const json = parseJson(line);
  if (json === null || typeof json !== 'object' || Array.isArray(json)) throw new EntryError('is not an object');
  const { At: at, ...rest } = json;
  const [key = '', ...more] = Object.keys(rest);
  const decode = DECODERS.get(key);
  if (decode === undefined || more.length > 0) throw new EntryError('is no entry that this version knows');
  return { ...decode(rest[key] ?? null), at: momentOf(at ?? null) };
}

/** Parses a line of JSON. @throws EntryError */
export function parseJson(line: string): Json {
  try {
    return JSON.parse(line) as Json;
  } catch (cause) {
    throw new EntryError('is not JSON', { cause });
  }
}

const DECODERS: ReadonlyMap<string, (json: Json) => RecordedEvent> = new Map<string, (json: Json) => RecordedEvent>([
  ['Batch', (json) => ({ kind: 'batch', batch: decodeBatch(json) })],
  ['Flushed', flushedOf],
  ['Watched', watchedOf],
  ['Unwatched', (json) => ({ kind: 'unwatched', watch: numberOf(objectOf(json), 'watch') })],
  ['Tick', (json) => ({ kind: 'tick', name: textOf(json) })],
  ['Timer', (json) => ({ kind: 'timer', name: textOf(json) })],
  ['Entered', enteredOf],
  ['Listening', listeningOf],
  ['Rotated', () => ({ kind: 'rotated' })],
  ['Stopping', () => ({ kind: 'stopping' })],
  ['Stopped', () => ({ kind: 'stopped' })],
  ['Lost', (json) => ({ kind: 'lost', batches: numberOf(objectOf(json), 'batches') })],
]);

function momentOf(json: Json): Moment {
  if (!Array.isArray(json)) throw new EntryError('has no time');
  const [monotonicMs, timestamp] = json;
  if (typeof monotonicMs !== 'number' || !Number.isFinite(monotonicMs)) throw new EntryError('has no time');
  if (typeof timestamp !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(timestamp)) {
    throw new EntryError('has no time of day');
  }
  if (Number.isNaN(Date.parse(timestamp))) throw new EntryError('has no time of day');
  return { monotonicMs, timestamp };
}

function flushedOf(json: Json): RecordedEvent {
  if (!Array.isArray(json)) throw new EntryError('has no batches');
  const batches = json.map((each) => {
    const batch = decodeBatch(each);
    if (batch.kind !== 'watch') throw new EntryError('has a batch that no watch can give');
    return batch;
  });
  return { kind: 'flushed', batches };
}

function watchedOf(json: Json): RecordedEvent {
  const value = objectOf(json);
  const { cookie } = value;
  if (typeof cookie !== 'bigint') throw new EntryError('has no cookie');
  const netnsInode = value['netnsInode'] === undefined ? {} : { netnsInode: numberOf(value, 'netnsInode') };
  return {
    ...{ kind: 'watched', watch: numberOf(value, 'watch'), cookie, ...netnsInode },
    intervalNs: numberOf(value, 'intervalNs'),
  };
}

function enteredOf(json: Json): RecordedEvent {
  const value = objectOf(json);
  const netns = value['netns'];
  if (!isObject(netns)) throw new EntryError('has no namespace');
  requireShape(netns, { inode: 'number', name: 'string' });
  return {
    kind: 'entered',
    source: numberOf(value, 'source'),
    netns: { inode: numberOf(netns, 'inode'), name: String(netns['name']) },
  };
}

function listeningOf(json: Json): RecordedEvent {
  const value = objectOf(json);
  const source = numberOf(value, 'source');
  const granted = value['granted'];
  if (granted === undefined) return { kind: 'listening', source, listening: undefined };
  if (!isObject(granted)) throw new EntryError('has no result of the subscription');
  requireShape(granted, { failure: 'failure?' });
  if (granted['receiveBufferBytes'] !== undefined) requireShape(granted, { receiveBufferBytes: 'number' });
  return { kind: 'listening', source, listening: granted as Listening };
}

function objectOf(json: Json): { readonly [key: string]: BatchValue } {
  const value = fromJson(json);
  if (!isObject(value)) throw new EntryError('has no object');
  return value;
}

function numberOf(value: { readonly [key: string]: BatchValue }, name: string): number {
  requireShape(value, { [name]: 'number' });
  return Number(value[name]);
}

function textOf(json: Json): string {
  if (typeof json !== 'string') throw new EntryError('has no name');
  return json;
}
