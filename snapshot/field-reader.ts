import type { Field } from '../netlink/index.js';
import { placeOf } from './record-layout.js';

/** What a field of a record can be: null where it is absent, or where the kernel says that there is none. */
export type FieldValue = number | bigint | boolean | null;

/** Where a record's bytes lie: a `RecordView` is one, and so is what passes on a view's own `data` and `lengths`. */
export interface RecordBytes {
  readonly data: DataView;
  readonly lengths: Int32Array;
}

/** Reads one value out of a record. */
export type FieldReader<V = FieldValue> = (record: RecordBytes) => V;

/** The largest high word of a number that is exact: 2^53 - 1 has 21 bits there. */
const SAFE_HIGH = 0x1f_ffff;

/**
 * Makes the reader of a field by its table: a number, or a bigint where that would not be exact (and for `id64` always),
 * a boolean for a flag. Null when the payload is absent or ends before the field, and for the kernel's sentinel.
 *
 * @param part number of the attribute, or `RAW_IDM`
 * @param base where the field's struct begins in it
 */
export function fieldReader(part: number, field: Field, base = 0): FieldReader {
  const { index, at, end } = spot(part, field, base);
  const { kind, nullAt } = field;
  // A closure for each kind, made of nothing but the reading: that is what most columns cost.
  switch (kind) {
    case 'u8':
      return (record) => ((record.lengths[index] ?? 0) >= end ? record.data.getUint8(at) : null);
    case 'u16':
      return (record) => ((record.lengths[index] ?? 0) >= end ? record.data.getUint16(at, true) : null);
    case 'be16':
      return (record) => ((record.lengths[index] ?? 0) >= end ? record.data.getUint16(at, false) : null);
    case 'u32':
      if (nullAt === undefined) {
        return (record) => ((record.lengths[index] ?? 0) >= end ? record.data.getUint32(at, true) : null);
      }
      return (record) => {
        if ((record.lengths[index] ?? 0) < end) return null;
        const value = record.data.getUint32(at, true);
        return value === nullAt ? null : value;
      };
    case 'u64':
      return (record) => {
        if ((record.lengths[index] ?? 0) < end) return null;
        const high = record.data.getUint32(at + 4, true);
        if (high <= SAFE_HIGH) return high * 2 ** 32 + record.data.getUint32(at, true);
        const exact = record.data.getBigUint64(at, true);
        return exact === nullAt ? null : exact;
      };
    case 'id64':
      return (record) => ((record.lengths[index] ?? 0) >= end ? record.data.getBigUint64(at, true) : null);
    case 'bits': {
      const read = bitsReader(field, at);
      return (record) => ((record.lengths[index] ?? 0) >= end ? read(record.data) : null);
    }
    case 'flag': {
      const read = bitsReader(field, at);
      return (record) => ((record.lengths[index] ?? 0) >= end ? read(record.data) !== 0 : null);
    }
    default:
      throw new TypeError(`${field.cName} is not a number`);
  }
}

/** The same as a number: a flag is 0 or 1, and a u64 above 2^53 the nearest number. For whoever calculates. */
export function numberReader(part: number, field: Field, base = 0): FieldReader<number | null> {
  const read = fieldReader(part, field, base);
  if (field.kind === 'flag' || field.kind === 'u64' || field.kind === 'id64') {
    return (record) => {
      const value = read(record);
      return value === null || typeof value === 'number' ? value : Number(value);
    };
  }
  return read as FieldReader<number | null>;
}

/** Makes what tells whether a field's bytes are there, be they the kernel's sentinel or not. */
export function presenceReader(part: number, field: Field, base = 0): FieldReader<boolean> {
  const { index, end } = spot(part, field, base);
  return (record) => (record.lengths[index] ?? 0) >= end;
}

/** Index of the payload's length, the field's place in the block, and how long the payload has to be. */
function spot(part: number, { offset, size }: Field, base: number): { index: number; at: number; end: number } {
  const place = placeOf(part);
  return { index: place.index, at: place.offset + base + offset, end: base + offset + size };
}

function bitsReader({ size, bits }: Field, at: number): (data: DataView) => number {
  const [lowest, width] = bits ?? [0, size * 8];
  const mask = 2 ** width - 1;
  if (size === 1) return (data) => (data.getUint8(at) >>> lowest) & mask;
  return (data) => ((data.getUint32(at, true) >>> lowest) & mask) >>> 0;
}
