import { type AnyBatch, QUIET_FIGURES, WATCH_LATENESS_NS, type WatchBatch } from '../../native/index.js';
import { type BatchValue, fromJson, type Json, toJson } from './json-value.js';
import { EntryError } from './recording-error.js';
import { isObject, type Kind, requireShape } from './shape.js';
import { withoutSecrets } from './without-secrets.js';

/** Batch of the poll thread, or of the thread that reads watched connections. */
export type RecordedBatch = AnyBatch | WatchBatch;

/** Returns a batch as JSON, with all that it has but keys of MD5 signatures (TCP_MD5SIG). */
export function encodeBatch(batch: RecordedBatch): Json {
  // Interfaces have no index signature; a batch holds only values of JSON, big integers and arrays of numbers.
  return toJson(withoutSecrets(batch as unknown as { readonly [key: string]: BatchValue }));
}

const DESTROYED: Readonly<Record<string, Kind>> = {
  data: 'bytes',
  messages: 'u32',
  lastScans: 'u32',
  takenNs: 'bigint',
  overruns: 'number',
  lost: 'number',
  discarded: 'number',
  failure: 'failure?',
};

/** Fields that handlers of a kind of batch read. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  scan: {
    scan: 'number',
    startNs: 'bigint',
    endNs: 'bigint',
    durationNs: 'number',
    requestNs: 'numbers',
    intervalNs: 'number',
    lateNs: 'number',
    effectiveIntervalNs: 'number',
    beatsMissed: 'number',
    beatsHeld: 'number',
    beatsSlowed: 'number',
    beatsLimited: 'number',
    pending: 'number',
    queryMethod: 'number',
    failure: 'failure?',
    seen: 'number',
    tally: 'u32',
    discarded: 'number',
    unrelated: 'number',
    destroyed: 'object',
    data: 'bytes',
    changed: 'u32',
    gone: 'u64',
  },
  quiet: {
    pending: 'number',
    scan: 'number',
    count: 'number',
    queryMethod: 'number',
    requests: 'number',
    timesNs: 'u64',
    figures: 'f64',
    tally: 'u32',
  },
  destroyed: { pending: 'number', destroyed: 'object' },
  removed: { pending: 'number', destroyed: 'object', gone: 'u64' },
  watch: {
    data: 'bytes',
    changed: 'u32',
    watches: 'u32',
    timesNs: 'u64',
    answered: 'number',
    missing: 'number',
    leftover: 'number',
    failed: 'number',
    skipped: 'number',
    lateness: 'u32',
    latenessSumNs: 'number',
    failure: 'failure?',
  },
};

/**
 * Decodes JSON of {@link encodeBatch}. A batch of a kind that this version knows has all its fields, and its positions
 * lie in its data. A batch of another kind has a `kind` and, unless it is of watches, a `source`, and the rest as it was recorded.
 * @throws EntryError
 */
export function decodeBatch(json: Json): RecordedBatch {
  const batch = fromJson(json);
  if (!isObject(batch)) throw new EntryError('a batch is not an object');
  requireShape(batch, { kind: 'string' });
  if (batch['kind'] !== 'watch') requireShape(batch, { source: 'number' });
  const shape = SHAPES[String(batch['kind'])];
  if (shape !== undefined) requireShape(batch, shape);
  if (isObject(batch['destroyed'])) requireDestroyed(batch['destroyed']);
  if (batch['changed'] instanceof Uint32Array) requireSpans(batch['data'], batch['changed']);
  if (batch['kind'] === 'quiet') requireQuiet(batch);
  if (batch['kind'] === 'watch') requireReads(batch);
  return batch as unknown as RecordedBatch;
}

function requireDestroyed(destroyed: Readonly<Record<string, BatchValue>>): void {
  requireShape(destroyed, DESTROYED);
  const { messages, lastScans, data } = destroyed;
  if (!(messages instanceof Uint32Array) || !(lastScans instanceof Uint32Array)) return;
  if (messages.length !== 4 * lastScans.length) throw new EntryError('ends and their scans do not fit');
  requireSpans(data, messages);
}

/** @throws EntryError if pairs (offset, length) are not within the data */
function requireSpans(data: BatchValue, spans: Uint32Array): void {
  const length = data instanceof Uint8Array ? data.length : 0;
  if (spans.length % 2 !== 0) throw new EntryError('a position of a message has no length');
  for (let i = 0; i < spans.length; i += 2) {
    if ((spans[i] ?? 0) + (spans[i + 1] ?? 0) > length) throw new EntryError('a message ends behind the data');
  }
}

/** @throws EntryError if arrays of reads do not fit each other */
function requireReads({ changed, watches, timesNs, lateness }: Readonly<Record<string, BatchValue>>): void {
  const fits =
    watches instanceof Uint32Array &&
    changed instanceof Uint32Array &&
    changed.length === 2 * watches.length &&
    timesNs instanceof BigUint64Array &&
    timesNs.length === 2 * watches.length &&
    lateness instanceof Uint32Array &&
    lateness.length === WATCH_LATENESS_NS.length + 1;
  if (!fits) throw new EntryError('reads of watches do not fit their number');
}

function requireQuiet({ count, requests, timesNs, figures, tally }: Readonly<Record<string, BatchValue>>): void {
  const scans = Number(count);
  const wanted = scans * (QUIET_FIGURES.length + Number(requests));
  const fits =
    Number.isInteger(scans) &&
    scans >= 1 &&
    timesNs instanceof BigUint64Array &&
    timesNs.length === 2 * scans &&
    figures instanceof Float64Array &&
    figures.length === wanted &&
    figures.every((each) => Number.isFinite(each) && each >= 0) &&
    tally instanceof Uint32Array &&
    tally.length % scans === 0;
  if (!fits) throw new EntryError('figures of quiet scans do not fit their count');
}
