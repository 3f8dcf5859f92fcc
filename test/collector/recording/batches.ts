import type { AnyBatch, Batch, DestroyedKeys, WatchBatch } from '../../../native/index.js';
import { capturedMessages } from '../../fuzz/inputs.js';

/** Packs messages as the addon does: each aligned to 8 bytes. */
export function pack(messages: readonly Uint8Array[]): { readonly data: Uint8Array; readonly spans: Uint32Array } {
  const spans: number[] = [];
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const message of messages) {
    spans.push(at, message.length);
    const padded = new Uint8Array((message.length + 7) & ~7);
    padded.set(message);
    parts.push(padded);
    at += padded.length;
  }
  return { data: Uint8Array.from(Buffer.concat(parts)), spans: Uint32Array.from(spans) };
}

/** No destroy events. */
export const NOTHING_DESTROYED: DestroyedKeys = {
  data: new Uint8Array(),
  messages: new Uint32Array(),
  lastScans: new Uint32Array(),
  takenNs: 0n,
  overruns: 0,
  lost: 0,
  discarded: 0,
};

/** Returns the batch of a scan that brought these messages. */
export function scanBatch(messages: readonly Uint8Array[], fields: Partial<Batch> = {}): Batch {
  const { data, spans } = pack(messages);
  return {
    kind: 'scan',
    source: 0,
    scan: 1,
    startNs: 1_700_000_000_000_000_000n,
    endNs: 1_700_000_000_000_100_000n,
    durationNs: 100_000,
    requestNs: [100_000],
    intervalNs: 10_000_000,
    lateNs: 50_000,
    effectiveIntervalNs: 10_000_000,
    beatsMissed: 0,
    beatsHeld: 0,
    beatsSlowed: 0,
    beatsLimited: 0,
    pending: 0,
    queryMethod: 0,
    seen: messages.length,
    tally: Uint32Array.of(messages.length, 0),
    discarded: 0,
    unrelated: 0,
    destroyed: NOTHING_DESTROYED,
    data,
    changed: spans,
    gone: new BigUint64Array(),
    ...fields,
  };
}

/** Returns the batch of reads that gave these messages, of watches from 1 on, and of one without answers. */
export function watchBatch(messages: readonly Uint8Array[]): WatchBatch {
  const { data, spans } = pack(messages);
  return {
    kind: 'watch',
    data,
    changed: Uint32Array.of(...spans, 0, 0),
    watches: Uint32Array.from({ length: messages.length + 1 }, (_, index) => index + 1),
    timesNs: BigUint64Array.from({ length: 2 * messages.length + 2 }, (_, index) => BigInt(index)),
    answered: 7,
    missing: 1,
    leftover: 0,
    failed: 0,
    skipped: 2,
    lateness: Uint32Array.of(1, 2, 3, 0, 0, 0, 0, 0, 1),
    latenessSumNs: 123_456,
  };
}

/** Returns one batch of each kind of the poll thread. */
export function batchesOfAllKinds(): AnyBatch[] {
  const messages = capturedMessages().slice(0, 4);
  const ends = pack(messages.slice(0, 2));
  const destroyed: DestroyedKeys = {
    ...NOTHING_DESTROYED,
    data: ends.data,
    messages: Uint32Array.of(...ends.spans),
    lastScans: Uint32Array.of(3),
    takenNs: 1_700_000_000_000_200_000n,
    failure: { code: 'ERR_RECEIVE', errno: 105, op: 'recvmmsg' },
  };
  return [
    scanBatch(messages, { gone: BigUint64Array.of(7n, 2n ** 64n - 1n), destroyed }),
    scanBatch([], { failure: { code: 'ERR_TIMEOUT', errno: 0, op: 'recvmmsg' } }),
    {
      kind: 'quiet',
      source: 3,
      pending: 1,
      scan: 9,
      count: 2,
      queryMethod: 1,
      requests: 2,
      timesNs: BigUint64Array.of(1n, 2n, 3n, 4n),
      figures: Float64Array.from({ length: 22 }, (_, index) => index / 2),
      tally: Uint32Array.of(1, 2, 3, 4),
    },
    { kind: 'destroyed', source: 0, pending: 2, destroyed },
    { kind: 'removed', source: 4, pending: 0, destroyed: NOTHING_DESTROYED, gone: BigUint64Array.of(11n) },
  ];
}
