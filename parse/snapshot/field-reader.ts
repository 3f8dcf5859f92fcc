import type { Field } from '../../netlink/index.js';
import { placeOf } from './record-layout.js';

/** Value of a field; null when the field is absent, or when the kernel wrote its sentinel for "no value". */
export type FieldValue = number | bigint | boolean | null;

/** Bytes of a record: a `RecordView`, or any object that has a view's `data` and `lengths`. */
export interface RecordBytes {
  readonly data: DataView;
  readonly lengths: Int32Array;
}

/** Function that reads one value of a record. */
export type FieldReader<V = FieldValue> = (record: RecordBytes) => V;

/** Largest high word of an exact number: 2^53 - 1 has 21 bits there. */
const SAFE_HIGH = 0x1f_ffff;

/**
 * Creates a reader of a field: it returns a number, or a bigint if a number would not be exact (and for `id64` always),
 * or a boolean for a flag. Null when the payload is absent or too short, and for the kernel's sentinel.
 *
 * @param part number of the attribute, or `RAW_IDM`
 * @param base offset of the field's struct in the payload
 */
export function fieldReader(part: number, field: Field, base = 0): FieldReader {
  const { index, at, end } = spot(part, field, base);
  const { kind, nullAt } = field;
  // One closure per kind, which only reads: this is the main cost of most columns.
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

/** Creates a reader of a field as a number, for calculations: a flag is 0 or 1, and a u64 above 2^53 is rounded. */
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

/** Creates a reader that returns true when a field's bytes are present, even if they are the kernel's sentinel. */
export function presenceReader(part: number, field: Field, base = 0): FieldReader<boolean> {
  const { index, end } = spot(part, field, base);
  return (record) => (record.lengths[index] ?? 0) >= end;
}

/** Returns the index of the payload's length, the field's offset in the block, and the required payload length. */
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
