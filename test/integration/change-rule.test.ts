import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChangeReason, compareRecords } from '../../cache/index.js';
import { TCP_CHANGE_SHAPE } from '../../inetdiag/index.js';
import { loadNetlink } from '../../native/index.js';
import { DecodeError } from '../../netlink/index.js';
import { MAX_ATTRIBUTE, parseNetlinkMessage } from '../../parse/index.js';
import { buildMessage, messageArbitrary } from '../support/messages.js';

const NLMSG_HDRLEN = 16;
const ZERO = '0001-01-01T00:00:00Z';

/** Returns the result of the rule; undefined for a message that cannot be parsed. */
function ruleSays(previous: Buffer, current: Buffer): boolean | undefined {
  try {
    const [before, after] = [previous, current].map((message) => parseNetlinkMessage(message, ZERO));
    if (before === undefined || after === undefined) return undefined;
    return compareRecords(before, after) !== ChangeReason.NoMajorChange;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Returns true if a message has an attribute that is not archived, and so is outside of the rule. */
function hasUnarchived(message: Buffer): boolean {
  for (let at = NLMSG_HDRLEN + TCP_CHANGE_SHAPE.attributesOffset; at + 4 <= message.length; ) {
    const length = message.readUInt16LE(at);
    if ((message.readUInt16LE(at + 2) & 0x3fff) > MAX_ATTRIBUTE) return true;
    if (length < 4) return false;
    at += (length + 3) & ~3;
  }
  return false;
}

/** Skips the two bytes of nlmsg_type. */
function elsewhere(at: number): number {
  return at < 4 ? at : at + 2;
}

const { differs } = loadNetlink();
const message = messageArbitrary.map(buildMessage);

describe('the comparison in the poll thread', () => {
  it('agrees with the rule on any two messages', () => {
    let changed = 0;
    let same = 0;
    fc.assert(
      fc.property(message, message, (previous, current) => {
        const expected = ruleSays(previous, current);
        expect(differs(previous, current, TCP_CHANGE_SHAPE)).toBe(expected);
        if (expected) changed++;
        else same++;
      }),
      { numRuns: 20_000 },
    );
    // Both results are frequent.
    expect(Math.min(changed, same)).toBeGreaterThan(100);
  });

  it('agrees with the rule on messages that differ in one byte', () => {
    let changed = 0;
    let same = 0;
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (previous, where, flip) => {
        const current = Buffer.from(previous);
        // nlmsg_type decides whether a message counts at all, which is checked elsewhere.
        const at = elsewhere(where % (current.length - 2));
        current.writeUInt8(current.readUInt8(at) ^ flip, at);
        const expected = ruleSays(previous, current);
        const found = differs(previous, current, TCP_CHANGE_SHAPE);
        // TypeScript judges messages that do not parse or have more than is archived: they must not be dropped.
        if (expected === undefined) expect(found).toBe(true);
        else if (expected || !(hasUnarchived(previous) || hasUnarchived(current))) expect(found).toBe(expected);
        if (found) changed++;
        else same++;
      }),
      { numRuns: 20_000 },
    );
    expect(Math.min(changed, same)).toBeGreaterThan(100);
  });

  it('finds no difference between a message and itself', () => {
    fc.assert(
      fc.property(message, (each) => {
        expect(differs(each, Buffer.from(each), TCP_CHANGE_SHAPE)).toBe(false);
      }),
    );
  });
});
