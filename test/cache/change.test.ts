import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareMessage } from '../../cache/change.js';
import { ChangeReason, compareRecords } from '../../cache/index.js';
import { MessageBytes, parseNetlinkMessage, ZERO_TIMESTAMP } from '../../parse/index.js';
import { type AttributeSpec, buildMessage, type MessageSpec, tcpInfo } from '../support/messages.js';

const record = (spec: MessageSpec) => parseNetlinkMessage(buildMessage(spec), ZERO_TIMESTAMP);
const info = (set: Record<number, number> = {}, length = 280): AttributeSpec => ({
  type: 2,
  payload: tcpInfo(length, set),
});
const attribute = (type: number, hex: string): AttributeSpec => ({ type, payload: Buffer.from(hex, 'hex') });
const reason = (before: MessageSpec, after: MessageSpec) => compareRecords(record(before), record(after));

describe('compareRecords', () => {
  it('reports no change for equal records', () => {
    expect(reason({ attributes: [info()] }, { attributes: [info()] })).toBe(ChangeReason.NoMajorChange);
  });

  it('reports a changed state first', () => {
    const before = { state: 1, attributes: [info()] };
    expect(reason(before, { state: 5, attributes: [info({ 100: 1 })] })).toBe(ChangeReason.IDiagStateChange);
  });

  it('compares exactly the bytes of tcp_info that the reference compares', () => {
    for (let at = 0; at < 280; at++) {
      const counts = at < 44 || (at >= 60 && at < 168);
      expect(reason({ attributes: [info()] }, { attributes: [info({ [at]: 1 })] }), `byte ${at}`).toBe(
        counts ? ChangeReason.StateOrCounterChange : ChangeReason.NoMajorChange,
      );
    }
  });

  it('compares only the state of the header', () => {
    for (let at = 0; at < 72; at++) {
      const before = buildMessage({ attributes: [info()] });
      const after = Buffer.from(before);
      after.writeUInt8((after.readUInt8(16 + at) + 1) & 0xff, 16 + at);
      const [a, b] = [before, after].map((message) => parseNetlinkMessage(message, ZERO_TIMESTAMP));
      if (a === undefined || b === undefined) throw new Error('two records expected');
      expect(compareRecords(a, b), `byte ${at}`).toBe(
        at === 1 ? ChangeReason.IDiagStateChange : ChangeReason.NoMajorChange,
      );
    }
  });

  it('ignores bytes of tcp_info beyond the compared ones', () => {
    expect(reason({ attributes: [info({}, 168)] }, { attributes: [info({}, 280)] })).toBe(ChangeReason.NoMajorChange);
  });

  it('compares the available part of a short tcp_info', () => {
    expect(reason({ attributes: [info({}, 104)] }, { attributes: [info({}, 104)] })).toBe(ChangeReason.NoMajorChange);
    expect(reason({ attributes: [info({}, 104)] }, { attributes: [info({ 100: 1 }, 104)] })).toBe(
      ChangeReason.StateOrCounterChange,
    );
    expect(reason({ attributes: [info({}, 104)] }, { attributes: [info({}, 280)] })).toBe(
      ChangeReason.StateOrCounterChange,
    );
  });

  it('reports attributes that were added, removed, or changed in length or content', () => {
    const cong = attribute(4, '62627200');
    const base = { attributes: [info(), cong] };
    expect(reason({ attributes: [info()] }, base)).toBe(ChangeReason.NewAttribute);
    expect(reason(base, { attributes: [info()] })).toBe(ChangeReason.LostAttribute);
    expect(reason(base, { attributes: [info(), attribute(1, '00'), cong] })).toBe(ChangeReason.NewAttribute);
    expect(reason(base, { attributes: [info(), attribute(4, '6262720000')] })).toBe(ChangeReason.AttributeLength);
    expect(reason(base, { attributes: [info(), attribute(4, '62627300')] })).toBe(ChangeReason.Other);
  });

  it('reports a missing tcp_info only if something else differs', () => {
    const mark = (hex: string) => ({ attributes: [attribute(15, hex)] });
    expect(reason({ attributes: [info()] }, {})).toBe(ChangeReason.NoTCPInfo);
    expect(reason({}, { attributes: [info()] })).toBe(ChangeReason.NoTCPInfo);
    expect(reason(mark('00000000'), mark('01000000'))).toBe(ChangeReason.NoTCPInfo);
    expect(reason(mark('00000000'), mark('00000000'))).toBe(ChangeReason.NoMajorChange);
    expect(reason({}, {})).toBe(ChangeReason.NoMajorChange);
  });
});

describe('compareMessage', () => {
  it('gives the result of compareRecords for a message in place', () => {
    const specs = fc.record({
      infoLength: fc.constantFrom(undefined, 104, 168, 232, 280),
      others: fc.uniqueArray(fc.constantFrom(1, 3, 4, 5, 7, 8, 15), { maxLength: 4 }),
      flips: fc.array(fc.nat(400), { maxLength: 3 }),
    });
    const seen = new Set<ChangeReason>();
    fc.assert(
      fc.property(specs, ({ infoLength, others, flips }) => {
        const attributes = others.map((type) => attribute(type, '01020304'));
        if (infoLength !== undefined) attributes.push(info({}, infoLength));
        const before = buildMessage({ attributes });
        const previous = parseNetlinkMessage(before, ZERO_TIMESTAMP);
        const after = Buffer.from(before);
        for (const flip of flips) {
          const at = 16 + (flip % (after.length - 16));
          after.writeUInt8(after.readUInt8(at) ^ 1, at);
        }
        fc.pre(previous.fits(new MessageBytes(after), 0, after.length));
        const expected = compareRecords(previous, parseNetlinkMessage(after, ZERO_TIMESTAMP));
        seen.add(expected);
        const data = new MessageBytes(Buffer.concat([Buffer.alloc(16), after]));
        expect(compareMessage(previous, data, 16)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
    // Guards against a property that compares nothing.
    const { NoMajorChange, IDiagStateChange, NoTCPInfo, StateOrCounterChange, Other } = ChangeReason;
    expect([...seen].sort((a, b) => a - b)).toEqual(
      [NoMajorChange, IDiagStateChange, NoTCPInfo, StateOrCounterChange, Other].sort((a, b) => a - b),
    );
  });
});
