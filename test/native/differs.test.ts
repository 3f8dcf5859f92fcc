import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MessageShape, netlink } from '../../native/index.js';
import { shape } from './requests.js';

function attribute(type: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(4 + payload.length, 0);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, payload, Buffer.alloc(-payload.length & 3)]);
}

function message(...attributes: Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(16 + 72), ...attributes]);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(20, 4);
  bytes[16] = 2;
  bytes[17] = 1;
  return bytes;
}

/** Returns the tcp_info of a kernel, with one byte set. */
function info(length: number, offset = 0, value = 0): Buffer {
  const payload = Buffer.alloc(length);
  payload[offset] = value;
  return attribute(2, payload);
}

/** A shape with a key and no other header; attribute 1 counts in part, attribute 2 not at all. */
const small: MessageShape = {
  keyOffset: 0,
  attributesOffset: 8,
  mask: {
    header: [],
    attributes: [
      {
        type: 1,
        ranges: [
          [2, 5],
          [7, 9],
        ],
      },
    ],
    ignored: [2],
  },
};

/** The contract for attributes in its plainest form, for the shape `small`. */
function modelDiffers(a: Uint8Array, b: Uint8Array): boolean {
  const [one, two] = [counted(a), counted(b)];
  return one === undefined || two === undefined || one !== two;
}

/** Returns the compared parts of a message as text; undefined when the message does not parse. */
function counted(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer);
  const found = new Map<number, string>();
  let at = 24;
  // Up to 3 trailing bytes are padding.
  while (at + 4 <= bytes.length) {
    const length = view.getUint16(at, true);
    const type = view.getUint16(at + 2, true) & 0x3fff;
    if (length < 4 || at + length > bytes.length) return undefined;
    const payload = bytes.subarray(at + 4, at + length);
    const parts = type === 1 ? [payload.subarray(2, 5), payload.subarray(7, 9)] : [payload];
    if (type !== 2) found.set(type, parts.map((part) => part.join(',')).join(';'));
    at += (length + 3) & ~3;
  }
  return JSON.stringify([...found].sort(([x], [y]) => x - y));
}

const differs = (a: Uint8Array, b: Uint8Array): boolean => netlink.differs(a, b, shape);

describe('differs', () => {
  it('finds no difference between equal messages', () => {
    expect(differs(message(info(280)), message(info(280)))).toBe(false);
  });

  it('compares the state, and no other header byte', () => {
    const changed = message(info(280));
    for (let offset = 0; offset < 72; offset++) {
      const other = Buffer.from(changed);
      other[16 + offset] = 0xee;
      expect(differs(changed, other)).toBe(offset === 1);
    }
  });

  it('compares the bytes of tcp_info in the ranges', () => {
    for (let offset = 0; offset < 280; offset++) {
      const counts = offset < 44 || (offset >= 60 && offset < 168);
      expect(differs(message(info(280)), message(info(280, offset, 1)))).toBe(counts);
    }
  });

  it('compares the length of tcp_info only where it cuts a range', () => {
    expect(differs(message(info(280)), message(info(232)))).toBe(false);
    expect(differs(message(info(280)), message(info(168)))).toBe(false);
    expect(differs(message(info(280)), message(info(160)))).toBe(true);
    expect(differs(message(info(56)), message(info(44)))).toBe(false);
  });

  it('compares presence, length and bytes of other attributes', () => {
    const base = message(attribute(7, Buffer.alloc(36)));
    expect(differs(base, message())).toBe(true);
    expect(differs(base, message(attribute(7, Buffer.alloc(32))))).toBe(true);
    expect(differs(base, message(attribute(7, Buffer.alloc(36, 1))))).toBe(true);
    expect(differs(base, message(attribute(0x8007, Buffer.alloc(36))))).toBe(false);
  });

  it('ignores the attributes in the mask', () => {
    expect(differs(message(attribute(18, Buffer.alloc(100))), message())).toBe(false);
  });

  it('ignores the order', () => {
    const one = attribute(4, Buffer.from('cubic\0'));
    const two = attribute(5, Buffer.from([0]));
    expect(differs(message(one, two), message(two, one))).toBe(false);
  });

  it('uses the last attribute of a number', () => {
    const old = attribute(5, Buffer.from([1]));
    const last = attribute(5, Buffer.from([2]));
    expect(differs(message(old, last), message(last))).toBe(false);
    expect(differs(message(last, old), message(last))).toBe(true);
  });

  it('treats up to 3 bytes after the attributes as padding, like the parser', () => {
    const key = attribute(18, Buffer.from([0]));
    const whole = message(key);
    for (const padding of [1, 2, 3]) {
      // nlmsg_len ends within the header of an ignored attribute.
      const cut = Buffer.from(whole);
      cut.writeUInt32LE(whole.length - key.length + padding, 0);
      expect(differs(whole, cut)).toBe(false);
      expect(differs(cut, whole)).toBe(false);
      expect(differs(cut, message(info(280)))).toBe(true);
    }
    const broken = Buffer.from(whole);
    broken.writeUInt32LE(whole.length - key.length + 4, 0);
    expect(differs(whole, broken)).toBe(true);
  });

  it('reports malformed messages as different', () => {
    const broken = message(attribute(5, Buffer.from([1])));
    broken.writeUInt16LE(2, 16 + 72);
    expect(differs(broken, broken)).toBe(true);
    const short = message().subarray(0, 80);
    expect(differs(short, short)).toBe(true);
    expect(differs(new Uint8Array(), new Uint8Array())).toBe(true);
  });

  it('reads views into larger buffers', () => {
    const padded = Buffer.concat([Buffer.alloc(3, 0xff), message(info(280)), Buffer.alloc(5, 0xff)]);
    const length = message(info(280)).length;
    expect(differs(padded.subarray(3, 3 + length), message(info(280)))).toBe(false);
  });

  it('survives any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(fc.property(bytes, bytes, (a, b) => typeof differs(a, b) === 'boolean'));
  });

  it('follows the contract for any attributes', () => {
    const payload = fc.uint8Array({ maxLength: 12, max: 2 });
    const some = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), payload), { maxLength: 5 });
    // Some lengths are too short or too long.
    const spoilt = fc.option(fc.tuple(fc.nat(60), fc.nat(20)), { freq: 5, nil: undefined });
    const framed = fc.tuple(some, spoilt).map(([attributes, spoil]) => {
      const made = Buffer.concat([Buffer.alloc(24), ...attributes.map(([type, bytes]) => attribute(type, bytes))]);
      made.writeUInt32LE(made.length, 0);
      if (spoil !== undefined && 24 + spoil[0] < made.length) made[24 + spoil[0]] = spoil[1];
      // Separate memory, not of Buffer's pool: a sanitizer detects an access outside of it.
      return Uint8Array.from(made);
    });
    const pair = fc.oneof(
      fc.tuple(framed, framed),
      framed.map((one) => [one, Uint8Array.from(one)] as const),
    );
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const expected = modelDiffers(a, b);
        return netlink.differs(a, b, small) === expected && netlink.differs(b, a, small) === expected;
      }),
      { numRuns: 5000 },
    );
  });
});
