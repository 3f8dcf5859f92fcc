import { describe, expect, it } from 'vitest';
import {
  type DecodedStruct,
  DecodeError,
  defineStruct,
  fieldOf,
  readExact,
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
