import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBatch, encodeBatch } from '../../../collector/recording/batch-codec.js';
import { decodeEntry, encodeEntry, type RecordedEvent } from '../../../collector/recording/entry.js';
import { type BatchValue, fromJson, toJson } from '../../../collector/recording/json-value.js';
import { messagesIn } from '../../../collector/recording/messages-in.js';
import { EntryError } from '../../../collector/recording/recording-error.js';
import { INET_DIAG_MD5SIG } from '../../../inetdiag/index.js';
import { parseNetlinkMessage, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { capturedMessages, mutatedText } from '../../fuzz/inputs.js';
import { batchesOfAllKinds, pack, scanBatch, watchBatch } from './batches.js';

const AT = { monotonicMs: 12.5, timestamp: '2026-11-30T16:00:00.123Z' };

/** Values of any batch, of kinds that do not exist yet, too. */
const anyValue = fc.letrec<{ value: BatchValue; object: { [key: string]: BatchValue } }>((tie) => ({
  value: fc.oneof(
    fc.boolean(),
    fc.double(),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.string(),
    fc.uint8Array(),
    fc.uint32Array(),
    fc.int32Array(),
    fc.bigUint64Array(),
    fc.float64Array(),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/), tie('value'), { maxKeys: 4 }),
}));

/** Makes values comparable: Buffer and Uint8Array with the same bytes are equal here. */
function plain(value: BatchValue): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && !ArrayBuffer.isView(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  }
  return value;
}

describe('values of batches as JSON', () => {
  it('come back as they were, whatever their kind and nesting', () => {
    fc.assert(
      fc.property(anyValue.object, (value) => {
        const text = JSON.stringify(toJson(value));
        expect(plain(fromJson(JSON.parse(text)))).toEqual(plain(value));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [{ $U: '18446744073709551616' }, '64-bit'],
    [{ $U: '-1' }, '64-bit'],
    [{ $Base64: 'AA*=' }, 'base64'],
    [{ $Base64: 'A' }, 'base64'],
    [{ $U32: [1.5] }, 'integer'],
    [{ $U32: 7 }, 'array'],
    [{ $F: '1' }, 'number'],
    [{ lower: 1 }, 'upper-case'],
  ])('%j is refused', (json, reason) => {
    expect(() => fromJson(json)).toThrow(reason);
  });

  it('nested without end are refused', () => {
    const deep = JSON.parse(`${'[{"A":'.repeat(40)}1${'}]'.repeat(40)}`);
    expect(() => fromJson(deep)).toThrow(EntryError);
  });
});

describe('a recorded batch', () => {
  it.each(batchesOfAllKinds())('of kind $kind comes back as it was', (batch) => {
    const value = batch as unknown as BatchValue;
    const json = JSON.parse(JSON.stringify(encodeBatch(batch)));
    expect(plain(decodeBatch(json) as unknown as BatchValue)).toEqual(plain(value));
  });

  it('of a kind that this version does not know keeps all it has', () => {
    const batch = { kind: 'later', source: 2, receivedNs: BigUint64Array.of(5n), nested: { lateNs: 3 } };
    const json = encodeBatch(batch as never);
    expect(plain(decodeBatch(json) as never)).toEqual(plain(batch));
  });

  it('has no key of an MD5 signature, and the other attributes', () => {
    const [plainMessage = Buffer.alloc(0)] = capturedMessages();
    const secret = Buffer.from('a secret key');
    const attribute = Buffer.alloc(4 + secret.length);
    attribute.writeUInt16LE(attribute.length, 0);
    attribute.writeUInt16LE(INET_DIAG_MD5SIG, 2);
    secret.copy(attribute, 4);
    const message = Buffer.concat([plainMessage, attribute]);
    message.writeUInt32LE(message.length, 0);
    const batch = scanBatch([message, plainMessage]);
    const json = encodeBatch(batch);
    const decoded = decodeBatch(json);
    if (decoded.kind !== 'scan') throw new Error('another kind');
    expect(Buffer.from(decoded.data).includes(secret)).toBe(false);
    expect(Buffer.from(batch.data).includes(secret)).toBe(true);
    const [offset = 0, length = 0] = decoded.changed;
    const found = parseNetlinkMessage(Buffer.from(decoded.data.subarray(offset, offset + length)), ZERO_TIMESTAMP);
    expect(found.attributes).toEqual(parseNetlinkMessage(message, ZERO_TIMESTAMP).attributes);
  });

  it('whose positions lie behind its data is refused', () => {
    const batch = scanBatch(capturedMessages().slice(0, 1));
    expect(() => decodeBatch(encodeBatch({ ...batch, changed: Uint32Array.of(8, 4096) }))).toThrow('behind the data');
  });

  it('of reads whose arrays do not fit each other is refused', () => {
    const batch = watchBatch(capturedMessages().slice(0, 1));
    for (const wrong of [
      { watches: Uint32Array.of(1) },
      { timesNs: BigUint64Array.of(1n) },
      { lateness: Uint32Array.of(1) },
      { changed: Uint32Array.of(0, 8) },
    ]) {
      expect(() => decodeBatch(encodeBatch({ ...batch, ...wrong }))).toThrow('do not fit their number');
    }
    const flushed = encodeEntry({ kind: 'flushed', batches: [scanBatch([]) as never] }, AT);
    expect(() => decodeEntry(flushed)).toThrow('that no watch can give');
  });

  it('without a field of its kind is refused', () => {
    const { endNs: _, ...rest } = scanBatch([]);
    expect(() => decodeBatch(encodeBatch(rest as never))).toThrow('endNs');
  });

  it('walks over every message of packed data', () => {
    const { data, spans } = pack(capturedMessages());
    expect([...messagesIn(data)].flat()).toEqual([...spans]);
  });
});

describe('an entry of a recording', () => {
  const events: readonly RecordedEvent[] = [
    ...batchesOfAllKinds().map((batch) => ({ kind: 'batch' as const, batch })),
    { kind: 'batch', batch: watchBatch(capturedMessages().slice(0, 2)) },
    { kind: 'flushed', batches: [] },
    { kind: 'flushed', batches: [watchBatch(capturedMessages().slice(0, 1)), watchBatch([])] },
    { kind: 'watched', watch: 3, cookie: 2n ** 64n - 1n, netnsInode: 4_026_531_840, intervalNs: 1e6 },
    { kind: 'watched', watch: 4, cookie: 7n, intervalNs: 1e9 },
    { kind: 'unwatched', watch: 3 },
    { kind: 'tick', name: 'saver' },
    { kind: 'timer', name: 'network' },
    { kind: 'entered', source: 2, netns: { inode: 4_026_531_840, name: 'a "name"' } },
    { kind: 'listening', source: 2, listening: { receiveBufferBytes: 425_984, forced: true, fallbackFilter: false } },
    { kind: 'listening', source: 3, listening: undefined },
    { kind: 'rotated' },
    { kind: 'stopping' },
    { kind: 'stopped' },
    { kind: 'lost', batches: 3 },
  ];

  it.each(events)('of kind $kind comes back as it was, with its time', (event) => {
    const line = encodeEntry(event, AT);
    expect(line.endsWith('\n')).toBe(true);
    expect(plain(decodeEntry(line) as never)).toEqual(plain({ ...event, at: AT } as never));
  });

  it('that is damaged is an entry or an EntryError, and no other error', () => {
    const lines = events.map((event) => encodeEntry(event, AT));
    fc.assert(
      fc.property(mutatedText(lines), (text) => {
        try {
          decodeEntry(text);
        } catch (error) {
          expect(error).toBeInstanceOf(EntryError);
        }
      }),
      { numRuns: Number(process.env['TCP_INFO_FUZZ_RUNS'] ?? 3000) },
    );
  });
});
