import fc from 'fast-check';
import { INET_DIAG_MSG_SIZE } from '../../inetdiag/index.js';
import { type ArchivedRecord, encodeRecord } from '../../parse/index.js';

/** Bytes put at places of a payload: attribute number, or 0 for RawIDM, then offset and value. */
const changes = fc.array(fc.tuple(fc.nat(24), fc.nat(320), fc.nat(255)), { maxLength: 12 });

const timestamp = fc.oneof(
  fc.nat(200_000).map((ms) => `${new Date(Date.UTC(2026, 10, 20, 23, 58) + ms).toISOString().slice(0, -1)}450227Z`),
  fc.constantFrom(
    '2026-11-20T23:58:03Z',
    '2026-11-20T23:58:03.4Z',
    '2026-11-20T23:58:03.40Z',
    '2026-11-20T23:58:03.123456789123Z',
    '2026-11-20T23:58:03.4+01:00',
    '1969-12-31T23:59:59.999999999Z',
    '1601-01-01T00:00:00.5Z',
    '2300-01-01T00:00:00.5Z',
    '0001-01-01T00:00:00Z',
  ),
);

/** Lengths of attributes by number, from none to longer than any known layout. */
const lengths = fc.array(fc.constantFrom(-1, 0, 1, 2, 3, 4, 5, 16, 36, 40, 280, 290), { minLength: 3, maxLength: 24 });

const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ timestamp, changes }) },
  { weight: 1, arbitrary: fc.record({ timestamp, changes, lengths }) },
  { weight: 1, arbitrary: fc.constantFrom('', '{', '{"Timestamp":1}', '{"Timestamp":"2026-11-20T23:58:03Z"}', 'null') },
  {
    weight: 1,
    arbitrary: fc.nat(3).map((sequence) => {
      const metadata = { uuid: `host_1_000000000000000${sequence}`, sequence, startTime: '2026-11-20T23:28:03Z' };
      return encodeRecord({ timestamp: '0001-01-01T00:00:00Z', metadata }).slice(0, -1);
    }),
  },
);

/**
 * Lines of an archive, without newlines, in which most records differ from the one before in a few bytes; between them
 * stand metadata, records with other attributes, with provenance, and lines that are no records.
 */
export const changingLines: fc.Arbitrary<readonly string[]> = fc
  .tuple(lengths, fc.array(step, { minLength: 1, maxLength: 24 }), fc.nat(23))
  .map(([begun, steps, withProvenance]) => {
    let payloads = payloadsOf(begun);
    return steps.map((each, i) => {
      if (typeof each === 'string') return each;
      if ('lengths' in each) payloads = payloadsOf(each.lengths);
      for (const [part, offset, value] of each.changes) {
        const payload = payloads[part];
        if (payload && offset < payload.length) payload[offset] = value;
      }
      const [rawIdm = null, ...attributes] = payloads;
      const record: ArchivedRecord = { timestamp: each.timestamp, ...(rawIdm && { rawIdm }), attributes };
      const provenance = i === withProvenance ? { provenance: { scan: i, reason: 'NewFile' } } : {};
      return encodeRecord({ ...record, ...provenance }).slice(0, -1);
    });
  });

function payloadsOf(attributes: readonly number[]): (Uint8Array | null)[] {
  return [
    new Uint8Array(INET_DIAG_MSG_SIZE),
    ...attributes.map((length) => (length < 0 ? null : new Uint8Array(length).fill(length % 7))),
  ];
}
