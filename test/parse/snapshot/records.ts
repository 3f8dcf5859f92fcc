import fc from 'fast-check';
import type { ArchivedRecord } from '../../../parse/index.js';

/** Numbers at the limits of field types, as bytes. */
const EDGES = [
  0n,
  1n,
  0x7fff_ffffn,
  0xffff_ffffn,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

const words: fc.Arbitrary<Uint8Array> = fc.array(fc.constantFrom(...EDGES), { maxLength: 40 }).map((list) => {
  const view = new DataView(new ArrayBuffer(list.length * 8));
  for (const [i, word] of list.entries()) view.setBigUint64(i * 8, word, true);
  return new Uint8Array(view.buffer);
});

/** Arbitrary payloads of any length: mostly random bytes, some meaningful numbers. */
const payload: fc.Arbitrary<Uint8Array> = fc.oneof(fc.uint8Array({ maxLength: 300, size: 'max' }), words);

/** Builds a netlink attribute. */
function nlattr(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(Math.ceil((4 + value.length) / 4) * 4);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(value, 4);
  return bytes;
}

const nest: fc.Arbitrary<Uint8Array> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.uint8Array({ minLength: 0, maxLength: 10 })), { maxLength: 8 })
  .map((list) => Buffer.concat(list.map(([type, value]) => nlattr(type, value))));

/** Arbitrary INET_DIAG_ULP_INFO payloads, mostly valid. */
const ulp: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 1, arbitrary: payload },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('tls', 'mptcp', ''), nest, nest)
      .map(([name, tls, mptcp]) =>
        Buffer.concat([nlattr(1, Buffer.from(`${name}\0`)), nlattr(2, tls), nlattr(3, mptcp)]),
      ),
  },
);

const timestamp: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 4_102_444_800 }), fc.nat(999_999_999), fc.nat(9)).map(([seconds, ns, digits]) => {
    const fraction = digits === 0 ? '' : `.${String(ns).padStart(9, '0').slice(0, digits)}`;
    return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction}Z`;
  }),
  fc.constantFrom(
    '2019-04-01T07:42:37.37-04:00',
    '2026-11-20T23:28:03.1234567891Z',
    '0001-01-01T00:00:00Z',
    '1969-12-31T23:59:59.9999999Z',
    '2026-11-20T23:28:03.100+05:30',
    '1500-01-01T00:00:00Z',
    '2900-01-01T00:00:00.5Z',
  ),
);

/** Arbitrary records with a RawIDM and any attributes. */
export const anyRecord: fc.Arbitrary<ArchivedRecord> = fc
  .tuple(
    timestamp,
    fc.uint8Array({ minLength: 72, maxLength: 76 }),
    fc.constantFrom(2, 10, 0),
    fc.array(fc.option(payload), { maxLength: 24 }),
    fc.option(ulp),
  )
  .map(([when, rawIdm, family, attributes, nested]) => {
    rawIdm[0] = family;
    if (attributes.length > 19) attributes[19] = nested;
    return { timestamp: when, rawIdm, attributes };
  });
