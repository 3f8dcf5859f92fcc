import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../netlink/index.js';
import { encodeRecord, MAX_ATTRIBUTE, parseNetlinkMessage, ZERO_TIMESTAMP } from '../../parse/index.js';
import { GOLDEN, haveGolden, unzstd } from '../support/golden.js';
import { buildMessage, messageArbitrary, tcpInfo } from '../support/messages.js';
import { havePrograms } from '../support/programs.js';

const parse = (message: Buffer) => parseNetlinkMessage(message, ZERO_TIMESTAMP);

describe('parseNetlinkMessage', () => {
  it("returns the header's 72 bytes and a slot for every attribute up to the highest", () => {
    const info = tcpInfo(280, { 0: 1 });
    const message = buildMessage({
      attributes: [
        { type: 4, payload: Buffer.from('bbr\0') },
        { type: 2, payload: info },
      ],
    });
    const record = parse(message);
    expect(record.rawIdm).toEqual(message.subarray(16, 88));
    expect(record.attributes).toEqual([null, null, info, null, Buffer.from('bbr\0')]);
  });

  it('returns one empty slot without attributes', () => {
    expect(parse(buildMessage()).attributes).toEqual([null]);
  });

  it('distinguishes an empty attribute from a missing one', () => {
    expect(parse(buildMessage({ attributes: [{ type: 1, payload: Buffer.alloc(0) }] })).attributes).toEqual([
      null,
      Buffer.alloc(0),
    ]);
  });

  it('ignores the flags in the type, and uses the last of two attributes', () => {
    const attributes = [
      { type: 1, payload: Buffer.from('a') },
      { type: 0x8001, payload: Buffer.from('bc') },
    ];
    expect(parse(buildMessage({ attributes })).attributes).toEqual([null, Buffer.from('bc')]);
  });

  it('never copies the TCP-MD5 key into a record', () => {
    const omitted: unknown[] = [];
    const message = buildMessage({ attributes: [{ type: 18, payload: Buffer.alloc(100, 'key') }] });
    const record = parseNetlinkMessage(message, ZERO_TIMESTAMP, (...args) => omitted.push(args));
    expect(record.attributes).toEqual([null]);
    expect(omitted).toEqual([[18, 'secret']]);
  });

  it('keeps unknown attributes, up to a bound', () => {
    const omitted: unknown[] = [];
    const payload = Buffer.from('x');
    const attributes = [39, MAX_ATTRIBUTE, MAX_ATTRIBUTE + 1].map((type) => ({ type, payload }));
    const record = parseNetlinkMessage(buildMessage({ attributes }), ZERO_TIMESTAMP, (...args) => omitted.push(args));
    expect(record.attributes).toHaveLength(MAX_ATTRIBUTE + 1);
    expect(record.attributes?.[39]).toEqual(payload);
    expect(omitted).toEqual([[MAX_ATTRIBUTE + 1, 'number']]);
  });

  it('accepts a last attribute without padding, and up to three trailing bytes', () => {
    const message = buildMessage({ attributes: [{ type: 1, payload: Buffer.from('a') }] });
    for (const length of [message.length - 3, message.length - 1]) {
      const cut = Buffer.from(message.subarray(0, length));
      cut.writeUInt32LE(length, 0);
      expect(parse(cut).attributes).toEqual([null, Buffer.from('a')]);
    }
  });

  it.each([
    ['cut before the header ends', buildMessage().subarray(0, 87), 'ERR_TRUNCATED'],
    ['longer than its bytes', grow(buildMessage(), 4), 'ERR_TRUNCATED'],
    ['of another type', buildMessage({ type: 2 }), 'ERR_MESSAGE_TYPE'],
    ['with an attribute shorter than its header', attributeLength(3), 'ERR_ATTRIBUTE_LENGTH'],
    ['with an attribute longer than the rest', attributeLength(9), 'ERR_ATTRIBUTE_LENGTH'],
  ])('rejects a message %s', (_, message, code) => {
    expect(() => parse(message)).toThrow(expect.objectContaining({ name: 'DecodeError', code }));
  });

  it('returns a record or throws DecodeError for every truncation of a message', () => {
    fc.assert(
      fc.property(messageArbitrary, fc.nat({ max: 400 }), (spec, length) => {
        const cut = Buffer.from(buildMessage(spec).subarray(0, length));
        if (cut.length >= 4) cut.writeUInt32LE(cut.length, 0);
        expectRecordOrDecodeError(cut);
      }),
    );
  });

  it('returns a record or throws DecodeError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => expectRecordOrDecodeError(Buffer.from(bytes))),
      {
        numRuns: 2000,
      },
    );
    const header = fc.constantFrom(buildMessage({ type: 18 }), buildMessage({ type: 20 }));
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
        const message = Buffer.concat([head, tail]);
        message.writeUInt32LE(message.length, 0);
        expectRecordOrDecodeError(message);
      }),
      { numRuns: 2000 },
    );
  });
});

function expectRecordOrDecodeError(message: Buffer): void {
  try {
    expect(encodeRecord(parse(message)).length).toBeGreaterThan(0);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
  }
}

function grow(message: Buffer, by: number): Buffer {
  message.writeUInt32LE(message.length + by, 0);
  return message;
}

function attributeLength(length: number): Buffer {
  const message = buildMessage({ attributes: [{ type: 1, payload: Buffer.alloc(4) }] });
  message.writeUInt16LE(length, 88);
  return message;
}

const HAVE_RAW = haveGolden('420 raw messages') && havePrograms('420 raw messages', 'zstd');

describe.skipIf(!HAVE_RAW)('raw messages that the reference parsed', () => {
  it("give the reference's lines", () => {
    const bytes = unzstd(join(GOLDEN, 'netlink/messages.bin.zst'));
    let lines = '';
    let count = 0;
    for (let at = 0; at < bytes.length; count++) {
      const length = bytes.readUInt32LE(at);
      lines += encodeRecord(parse(bytes.subarray(at, at + length)));
      at += (length + 3) & ~3;
    }
    expect(count).toBe(420);
    expect(lines).toBe(unzstd(join(GOLDEN, 'netlink/records.jsonl.zst')).toString());
  });
});
