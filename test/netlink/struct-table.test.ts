import { describe, expect, it } from 'vitest';
import {
  type DecodedStruct,
  DecodeError,
  decodeAttributeAt,
  defineAttributes,
  defineStruct,
  fieldOf,
  readExact,
  readField,
  readFixedStruct,
  readStruct,
  readU64AsNumber,
} from '../../netlink/index.js';

interface Sample extends DecodedStruct {
  readonly port?: number;
  readonly low?: number;
  readonly high?: boolean;
  readonly id?: bigint;
}

const SAMPLE = defineStruct<Sample>('struct sample', 11, {
  port: { cName: 'port', offset: 0, size: 2, kind: 'be16', unit: 'id', since: '1.0' },
  low: { cName: 'low', offset: 2, size: 1, kind: 'bits', bits: [0, 3], unit: 'raw', since: '1.0' },
  high: { cName: 'high', offset: 2, size: 1, kind: 'flag', bits: [7, 1], unit: 'bool', since: '1.0' },
  id: { cName: 'id', offset: 3, size: 8, kind: 'id64', unit: 'id', since: '1.0' },
});

const BYTES = Uint8Array.from([0x1f, 0x90, 0x85, 1, 0, 0, 0, 0, 0, 0, 0xff]);

describe('readStruct', () => {
  it('reads each kind of field', () => {
    expect(readStruct(BYTES, SAMPLE)).toEqual({
      port: 8080,
      low: 5,
      high: true,
      id: 0xff00_0000_0000_0001n,
      unknownTailBytes: 0,
    });
  });

  it('counts the bytes of a truncated field as undecoded', () => {
    expect(readStruct(BYTES.subarray(0, 9), SAMPLE)).toEqual({ port: 8080, low: 5, high: true, unknownTailBytes: 6 });
  });
});

describe('readFixedStruct', () => {
  interface Pair {
    readonly a: number;
    readonly rest: Uint8Array;
  }
  const PAIR = defineStruct<Pair>('struct pair', 4, {
    a: { cName: 'a', offset: 0, size: 1, kind: 'u8', unit: 'raw', since: '1.0' },
    rest: { cName: 'rest', offset: 1, size: 3, kind: 'bytes', unit: 'raw', since: '1.0' },
  });

  it('copies bytes, also from a Buffer', () => {
    const buffer = Buffer.from([9, 1, 2, 3, 4]);
    const pair = readFixedStruct(buffer, PAIR, 1);
    buffer.fill(0);
    expect(pair).toEqual({ a: 1, rest: Uint8Array.of(2, 3, 4) });
  });

  it('rejects a struct that is too short', () => {
    expect(() => readFixedStruct(BYTES, PAIR, 8)).toThrow(DecodeError);
    expect(() => readFixedStruct(BYTES, PAIR, 80)).toThrow('struct pair: 0 bytes < 4 at byte 11');
  });
});

describe('readExact', () => {
  it("returns the kernel's own numbers", () => {
    expect(SAMPLE.fields.map((field) => readExact(BYTES, field))).toEqual([8080, 5, 1, 0xff00_0000_0000_0001n]);
    expect(readExact(BYTES.subarray(0, 1), fieldOf(SAMPLE, 'port'))).toBeUndefined();
  });
});

describe('readU64AsNumber', () => {
  it('needs eight bytes', () => {
    expect(readU64AsNumber(BYTES, 3)).toBe(2 ** 56 * 255);
    expect(readU64AsNumber(BYTES, 4)).toBeUndefined();
  });
});

describe('DecodeError', () => {
  it('has code, reason and offset in its message', () => {
    const cause = new Error('why');
    const error = new DecodeError('nlattr: length 3 < 4', { code: 'ERR_ATTRIBUTE_LENGTH', at: 88, cause });
    expect(error).toMatchObject({ name: 'DecodeError', code: 'ERR_ATTRIBUTE_LENGTH', at: 88, cause });
    expect(error.message).toBe('decode nlattr: length 3 < 4 at byte 88');
  });
});

describe('big-endian fields', () => {
  interface Big {
    readonly word: number;
    readonly count: number;
    readonly id: bigint;
  }
  const SPEC = { unit: 'raw', since: '1.0' } as const;
  const BIG = defineStruct<Big>('struct big', 20, {
    word: { cName: 'word', offset: 0, size: 4, kind: 'be32', ...SPEC },
    count: { cName: 'count', offset: 4, size: 8, kind: 'be64', ...SPEC },
    id: { cName: 'id', offset: 12, size: 8, kind: 'beId64', ...SPEC },
  });
  const bytes = Uint8Array.from([
    0xde, 0xad, 0xbe, 0xef, 0, 0x1f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 1,
  ]);

  it('are numbers, and bigints for ids', () => {
    const big = { word: 0xdead_beef, count: Number.MAX_SAFE_INTEGER, id: 0xff00_0000_0000_0001n };
    expect(readFixedStruct(bytes, BIG, 0)).toEqual(big);
    expect(BIG.fields.map((field) => readExact(bytes, field))).toEqual([big.word, BigInt(big.count), big.id]);
  });

  it('are absent above 2^53 - 1', () => {
    const large = Uint8Array.from(bytes);
    large[5] = 0x20;
    expect(readField(large, fieldOf(BIG, 'count'))).toBeUndefined();
    expect(readExact(large, fieldOf(BIG, 'count'))).toBe(0x20_ffff_ffff_ffffn);
  });

  it('of attributes are read in place', () => {
    const table = defineAttributes<Big>({
      word: { attribute: 1, cName: 'word', offset: 0, size: 4, kind: 'be32', ...SPEC },
      count: { attribute: 2, cName: 'count', offset: 0, size: 8, kind: 'be64', ...SPEC },
      id: { attribute: 3, cName: 'id', offset: 0, size: 8, kind: 'beId64', ...SPEC },
    });
    const out = {} as Big;
    expect(decodeAttributeAt(out, table, 1, bytes, 0, 4)).toBe(0);
    expect(decodeAttributeAt(out, table, 2, bytes, 4, 13)).toBe(1);
    expect(decodeAttributeAt(out, table, 3, bytes, 12, 20)).toBe(0);
    expect(decodeAttributeAt(out, table, 9, bytes, 0, 4)).toBeUndefined();
    expect(decodeAttributeAt({} as Big, table, 1, bytes, 0, 3)).toBe(3);
    expect(out).toEqual({ word: 0xdead_beef, count: Number.MAX_SAFE_INTEGER, id: 0xff00_0000_0000_0001n });
  });
});
