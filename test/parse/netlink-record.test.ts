import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArchivedRecord, MessageBytes, parseNetlinkMessage, ZERO_TIMESTAMP } from '../../parse/index.js';
import { buildMessage, tcpInfo } from '../support/messages.js';

const LATER = '2026-11-20T23:28:03Z';
const parse = (message: Buffer, timestamp = ZERO_TIMESTAMP) => parseNetlinkMessage(Buffer.from(message), timestamp);
const attributes = [
  { type: 2, payload: tcpInfo() },
  { type: 4, payload: Buffer.from('cubic\0') },
  { type: 8, payload: Buffer.of(3) },
];
const MESSAGE = buildMessage({ attributes });
/** Returns the fields of a record, without its class. */
const plain = ({ timestamp, rawIdm, attributes: all }: ArchivedRecord) => ({ timestamp, rawIdm, attributes: all });

/** Bytes that may change without changing the layout: nlmsg_flags, _seq and _pid, inet_diag_msg except its id. */
const FREE = [
  ...Array.from({ length: 10 }, (_, i) => 6 + i),
  ...[16, 17, 18, 19],
  ...Array.from({ length: 20 }, (_, i) => 68 + i),
];

describe('NetlinkRecord', () => {
  it('accepts the bytes of a message with the same layout, at any position', () => {
    const record = parse(MESSAGE);
    const { rawIdm, attributes: views } = record;
    const next = buildMessage({
      state: 8,
      attributes: [
        { type: 2, payload: tcpInfo(280, { 100: 7 }) },
        { type: 4, payload: Buffer.from('bbrrr\0') },
        { type: 8, payload: Buffer.of(1) },
      ],
    });
    const data = Buffer.concat([Buffer.alloc(24, 0xff), next, Buffer.alloc(8, 0xff)]);
    expect(record.fits(new MessageBytes(data), 24, next.length)).toBe(true);
    record.renew(new MessageBytes(data), 24, LATER);
    expect(plain(record)).toEqual(plain(parse(next, LATER)));
    // The same views: nothing was allocated.
    expect(record.rawIdm).toBe(rawIdm);
    expect(record.attributes).toBe(views);
  });

  it('does not fit a message of another length, type, endpoint, cookie or attribute list', () => {
    const record = parse(MESSAGE);
    const [info, cong, shutdown] = attributes;
    if (info === undefined || cong === undefined || shutdown === undefined)
      throw new Error('three attributes expected');
    const others = [
      buildMessage({ attributes: [info, cong] }),
      buildMessage({ attributes: [...attributes, shutdown] }),
      buildMessage({ attributes: [cong, info, shutdown] }),
      buildMessage({ attributes: [info, { type: 7, payload: cong.payload }, shutdown] }),
      // The same total length, with one byte of padding.
      buildMessage({ attributes: [info, { type: 4, payload: Buffer.from('reno\0') }, shutdown] }),
      buildMessage({ attributes, cookie: 0x1235n }),
      buildMessage({ attributes, dport: 40_001 }),
      buildMessage({ attributes, src: Buffer.of(192, 0, 2, 2) }),
      buildMessage({ attributes, type: 20 }),
    ];
    for (const other of others) expect(record.fits(new MessageBytes(other), 0, other.length)).toBe(false);
    expect(record.fits(new MessageBytes(MESSAGE), 0, MESSAGE.length - 1)).toBe(false);
    expect(record.fits(new MessageBytes(MESSAGE.subarray(0, -1)), 0, MESSAGE.length)).toBe(false);
    expect(record.fits(new MessageBytes(MESSAGE), 0, MESSAGE.length)).toBe(true);
  });

  it('does not fit a message at an unaligned position', () => {
    const record = parse(MESSAGE);
    const data = Buffer.concat([Buffer.alloc(2), MESSAGE, Buffer.alloc(2)]);
    expect(record.fits(new MessageBytes(data), 2, MESSAGE.length)).toBe(false);
    expect(record.fits(new MessageBytes(data.subarray(2)), 0, MESSAGE.length)).toBe(false);
  });

  it('does not fit a message with a dropped attribute, which must be counted each time', () => {
    const secret = buildMessage({ attributes: [...attributes, { type: 18, payload: Buffer.alloc(100) }] });
    expect(parse(secret).fits(new MessageBytes(secret), 0, secret.length)).toBe(false);
    const many = buildMessage({ attributes: [...attributes, { type: 300, payload: Buffer.alloc(4) }] });
    expect(parse(many).fits(new MessageBytes(many), 0, many.length)).toBe(false);
  });

  it('is equal after renewal to a newly parsed record', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(payloads, fc.infiniteStream(fc.nat(255)), (values, bytes) => {
        const before = buildMessage({ attributes: values.map((payload, i) => ({ type: i + 1, payload })) });
        const record = parse(before);
        const after = Buffer.from(before);
        for (const at of FREE) after[at] = bytes.next().value;
        let at = 88;
        for (const { length } of values) {
          for (let i = 0; i < length; i++) after[at + 4 + i] = bytes.next().value;
          at += (4 + length + 3) & ~3;
        }
        expect(record.fits(new MessageBytes(after), 0, after.length)).toBe(true);
        const parsed = parse(after, LATER);
        for (const [type, part] of record.attributes.entries()) {
          if (part === null) continue;
          expect(record.differsIn(part, 0, part.length, new MessageBytes(after), 0)).toBe(
            Buffer.compare(part, parsed.attributes[type] ?? Buffer.alloc(0)) !== 0,
          );
        }
        record.renew(new MessageBytes(after), 0, LATER);
        expect(plain(record)).toEqual(plain(parsed));
      }),
    );
  });
});
