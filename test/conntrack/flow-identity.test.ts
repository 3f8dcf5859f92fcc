import { describe, expect, it } from 'vitest';
import { FlowIdentityReader } from '../../conntrack/index.js';
import { DecodeError } from '../../netlink/index.js';
import { capturedMessages } from '../support/fixtures.js';
import { type Attribute, be, message, tuple } from './messages.js';

const reader = new FlowIdentityReader();
const messages = capturedMessages('conntrack/6.18-flows.bin');
const [A, B] = [
  [10, 0, 0, 1],
  [10, 0, 0, 2],
];

/** Returns the identity of a flow: CTA_TUPLE_ORIG, CTA_ID, and CTA_ZONE if there is one. */
function identity(id: number, ends = tuple(A, 1, B, 2), zone?: number): number {
  const zones: Attribute[] = zone === undefined ? [] : [[18, be(zone, 2)]];
  return reader.read(message({}, [[1, ends as unknown as Attribute[]], ...zones, [12, be(id, 4)]]));
}

describe('the identity of a flow', () => {
  it('differs by id, addresses, ports, protocol and zone, and is the same for the same flow', () => {
    const all = () => [
      identity(1),
      identity(2),
      identity(0xffff_ffff),
      identity(1, tuple(B, 1, A, 2)),
      identity(1, tuple(A, 2, B, 2)),
      identity(1, tuple(A, 1, B, 1)),
      identity(1, tuple(A, 2, B, 1)),
      identity(1, tuple(A, 1, B, 2, 17)),
      identity(1, tuple(A, 1, B, 2), 3),
    ];
    expect(new Set(all()).size).toBe(all().length);
    expect(all()).toEqual(all());
    expect(all().every(Number.isSafeInteger)).toBe(true);
  });

  it('of one id is told apart by every pair of ports but few', () => {
    const count = 3000;
    const identities = new Set(Array.from({ length: count }, (_, i) => identity(7, tuple(A, 1024 + i, B, 443))));
    // By chance: 3000 in pairs, of two million values.
    expect(identities.size).toBeGreaterThan(count - 20);
  });

  it('is another one for each flow of a table, wherever the message lies', () => {
    const identities = messages.map((bytes) => reader.read(bytes));
    expect(new Set(identities).size).toBe(messages.length);
    for (const [i, bytes] of messages.entries())
      expect(reader.read(Buffer.concat([Buffer.alloc(8), bytes]), 8)).toBe(identities[i]);
  });

  it('is read, or a DecodeError is thrown, at every truncation', () => {
    for (const bytes of messages.slice(0, 5)) {
      for (let length = 0; length < bytes.length; length++) {
        const cut = Buffer.from(bytes.subarray(0, length));
        expect(() => reader.read(cut)).toThrow(DecodeError);
        if (length >= 20) cut.writeUInt32LE(length, 0);
        try {
          expect(Number.isSafeInteger(reader.read(cut))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }
    }
  });
});
