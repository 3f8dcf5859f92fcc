import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArchivedRecord, decodeRecord, encodeRecord, RecordReader } from '../../parse/index.js';

/** Returns the result of reading a line: the record in its current state, or the error. */
function outcome(read: () => ArchivedRecord): unknown {
  try {
    const { timestamp, rawIdm, attributes, ...rest } = read();
    const bytes = (payload: Uint8Array | null | undefined) => payload && Buffer.from(payload).toString('hex');
    return { timestamp, rawIdm: bytes(rawIdm), attributes: attributes?.map(bytes), ...rest };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error: error.name, message: error.message };
  }
}

const payload = fc.uint8Array({ maxLength: 40 });
const timestamp = fc.constantFrom(
  '2026-11-20T23:28:03.450377228Z',
  '2026-11-20T23:28:03Z',
  '2024-02-29T00:00:00.1Z',
  '2019-04-01T07:42:37.37-04:00',
  '0001-01-01T00:00:00Z',
);
const record: fc.Arbitrary<ArchivedRecord> = fc.record(
  {
    timestamp,
    rawIdm: fc.uint8Array({ minLength: 1, maxLength: 80 }),
    attributes: fc.array(fc.option(payload), { minLength: 1, maxLength: 24 }),
    provenance: fc.record({ scan: fc.nat(), reason: fc.string() }),
  },
  { requiredKeys: ['timestamp'] },
);
const line = record.map((each) => encodeRecord(each).slice(0, -1));
/** Lines with text inserted, removed or replaced. */
const bent = fc
  .tuple(
    line,
    fc.nat(),
    fc.nat(5),
    fc.constantFrom('', '"', '=', '==', '}', ',', '-', '_', ' ', '\\u0041', 'null', 'é', '{', '"Timestamp":1,', '\n'),
  )
  .map(([text, at, removed, put]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + put + text.slice(start + removed);
  });

describe('RecordReader', () => {
  it('reads every line like decodeRecord, in sequence', () => {
    const reader = new RecordReader();
    const keeper = new RecordReader({ reuse: false });
    fc.assert(
      fc.property(fc.array(fc.oneof(line, bent, fc.string(), fc.json()), { maxLength: 6 }), (lines) => {
        for (const text of lines) {
          // The line lies in the middle of a buffer whose other bytes must not be read.
          const bytes = Buffer.from(`"AAAA${text}"AA=="]}`);
          const end = bytes.length - 8;
          const clean = bytes.toString('utf8', 5, end);
          const expected = outcome(() => decodeRecord(clean));
          expect(outcome(() => reader.read(bytes, 5, end))).toEqual(expected);
          expect(outcome(() => keeper.read(bytes, 5, end))).toEqual(expected);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('reads lines that differ from the previous one in a few characters like decodeRecord', () => {
    const kept = Buffer.alloc(4096);
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 2 }),
        fc.array(
          fc.tuple(fc.nat(), fc.constantFrom('A', 'Q', '/', '=', '"', ',', '[', ']', 'n', '0', '-', '\x7f', '\x00')),
          {
            maxLength: 40,
          },
        ),
        (begun, changes) => {
          const reader = new RecordReader();
          let text = begun[0] ?? '';
          for (const [index, change] of [...begun, ...changes].entries()) {
            if (typeof change === 'string') text = change;
            else if (index % 3 > 0) {
              // Every third line is an original, so that the next one has something to differ from.
              const at = change[0] % text.length;
              text = text.slice(0, at) + change[1] + text.slice(at + 1);
            } else text = begun[0] ?? '';
            // The buffer is reused, as a caller may do.
            const end = kept.write(text, index % 5) + (index % 5);
            expect(outcome(() => reader.read(kept, index % 5, end))).toEqual(outcome(() => decodeRecord(text)));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('decodes only the differences to a previous line with the same layout, without allocation', () => {
    const reader = new RecordReader();
    const [first, second, third] = [1, 2, 2].map((n, i) =>
      Buffer.from(
        encodeRecord({
          timestamp: `2026-11-20T23:28:03.${'1'.repeat(i + 1)}Z`,
          rawIdm: Buffer.alloc(72, 7),
          attributes: [null, Buffer.of(0, 0, 0, n), Buffer.alloc(280, n), Buffer.of(i)],
        }),
      ),
    ) as [Buffer, Buffer, Buffer];
    const read = (bytes: Buffer) => reader.read(bytes, 0, bytes.length - 1);
    const { rawIdm, attributes } = read(first);
    for (const bytes of [second, third]) {
      const record = read(bytes);
      expect(outcome(() => record)).toEqual(outcome(() => decodeRecord(bytes.toString())));
      expect(record.rawIdm).toBe(rawIdm);
      expect(record.attributes).toBe(attributes);
    }
  });

  it('reads a line that ends where its buffer ends', () => {
    const reader = new RecordReader();
    fc.assert(
      fc.property(line, fc.nat(), (text, cut) => {
        const bytes = Buffer.from(text.slice(0, text.length - (cut % text.length)));
        expect(outcome(() => reader.read(bytes, 0, bytes.length))).toEqual(
          outcome(() => decodeRecord(bytes.toString())),
        );
      }),
    );
  });

  it('returns records that stay unchanged, with reuse: false', () => {
    const reader = new RecordReader({ reuse: false });
    const lines = [1, 2, 3].map((n) =>
      Buffer.from(
        encodeRecord({
          timestamp: '2026-11-20T23:28:03Z',
          rawIdm: Buffer.alloc(72, n),
          attributes: [Buffer.of(n), null],
        }),
      ),
    );
    const records = lines.map((bytes) => reader.read(bytes, 0, bytes.length - 1));
    expect(records.map(({ rawIdm, attributes }) => [rawIdm?.[71], attributes?.[0]?.[0]])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });
});
