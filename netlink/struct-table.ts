import { requireBytes } from './decode-error.js';

/**
 * Encoding of a field. Integers are little-endian, as on every machine we run on, and big-endian if the kind begins with
 * `be`: ports, and all attributes of netfilter. `u64` and `be64` become a number, `id64` and `beId64` a bigint; `bits`
 * and `flag` are part of a little-endian word of `size` bytes (1 or 4); `present` is true if the attribute exists;
 * `bytes` is copied.
 */
export type FieldKind =
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'be16'
  | 'be32'
  | 'be64'
  | 'beId64'
  | 'bits'
  | 'flag'
  | 'present'
  | 'id64'
  | 'bytes';

/** Unit of a field's value. `enum` and `bits` have named values; `raw` is a number without a unit. */
export type FieldUnit =
  | 's'
  | 'us'
  | 'ms'
  | 'ns'
  | 'bytes'
  | 'bytes/s'
  | 'packets'
  | 'events'
  | 'enum'
  | 'bits'
  | 'bool'
  | 'id'
  | 'address'
  | 'raw';

/** One member of a kernel struct. */
export interface Field<Name extends string = string> {
  /** Name in our records; it includes the unit. */
  readonly name: Name;
  /** Name of the member in the kernel's header. */
  readonly cName: string;
  /** Offset in bytes from the start of the struct; for `bits` and `flag`, offset of their word. */
  readonly offset: number;
  /** Size in bytes; for `bits` and `flag`, size of their word. */
  readonly size: number;
  readonly kind: FieldKind;
  readonly unit: FieldUnit;
  /** First kernel release that has the member. */
  readonly since: string;
  /** Position of a `bits` or `flag` field in its word. */
  readonly bits?: readonly [lowest: number, width: number] | undefined;
  /** The value that means "no value" to the kernel; decoded as null. */
  readonly nullAt?: number | bigint | undefined;
}

/** Table of a kernel struct, in ascending order of offsets. `T` is the decoded type. */
export interface Struct<T> {
  /** e.g. `struct tcp_info`. */
  readonly cName: string;
  /** Size in bytes, in the newest kernel that the table knows. */
  readonly size: number;
  readonly fields: readonly Field<FieldName<T>>[];
}

/** Properties of every decoded length-versioned struct, besides its fields. */
export interface DecodedStruct {
  /** Bytes after the last decoded field: members of a newer kernel, or a truncated member. 0 when all was decoded. */
  readonly unknownTailBytes: number;
  /**
   * Names of omitted `u64` fields: their value is above 2^53 - 1, which a number cannot hold exactly. Absent when no
   * field is omitted. {@link readExact} reads the exact value.
   */
  readonly outOfRange?: readonly string[];
}

/** Names of the fields of a struct that is decoded to `T`. */
export type FieldName<T> = Exclude<keyof T, keyof DecodedStruct> & string;

type KindFor<V> = [V] extends [boolean]
  ? 'flag' | 'present'
  : [V] extends [bigint]
    ? 'id64' | 'beId64'
    : [V] extends [Uint8Array]
      ? 'bytes'
      : 'u8' | 'u16' | 'u32' | 'u64' | 'be16' | 'be32' | 'be64' | 'bits';

type SpecFor<V> = Omit<Field, 'name' | 'kind' | 'nullAt'> & { readonly kind: KindFor<NonNullable<V>> } & (null extends V
    ? { readonly nullAt: number | bigint }
    : { readonly nullAt?: never });

/** Fields of a struct by our names: one for each property of `T`, with a kind that fits the property's type. */
export type FieldSpecs<T> = { readonly [K in FieldName<T>]-?: SpecFor<Exclude<T[K], undefined>> };

/** Creates the table of a struct from its fields. They must be in ascending order of offsets. */
export function defineStruct<T>(cName: string, size: number, specs: FieldSpecs<T>): Struct<T> {
  const entries = Object.entries(specs) as [FieldName<T>, Omit<Field, 'name'>][];
  // Key by key: then all fields have one shape, which the engine reads faster.
  const fields = entries.map(([name, { cName, offset, size, kind, unit, since, bits, nullAt }]) => {
    return { name, cName, offset, size, kind, unit, since, bits, nullAt };
  });
  return { cName, size, fields };
}

/** Returns the field with a given name. */
export function fieldOf<T>(struct: Struct<T>, name: FieldName<T>): Field {
  const field = struct.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new TypeError(`${struct.cName} has no field ${name}`);
  return field;
}

/**
 * Decodes a struct that grows with newer kernels. Fields beyond the end of a short payload are absent, and a longer
 * payload has `unknownTailBytes`; neither is an error.
 *
 * A `u64` is exact or absent: above 2^53 - 1 (9 PB, 285 years) a number would be rounded, so the field is omitted and
 * named in `outOfRange`.
 */
export function readStruct<T extends DecodedStruct>(payload: Uint8Array, struct: Struct<T>): T {
  const view = viewOf(payload);
  const out: Record<string, unknown> = {};
  const outOfRange: string[] = [];
  let end = 0;
  for (const field of struct.fields) {
    const next = field.offset + field.size;
    if (next > payload.length) break;
    end = next;
    const value = readValue(view, payload, field, 0);
    if (value !== undefined) out[field.name] = value;
    else outOfRange.push(field.name);
  }
  out['unknownTailBytes'] = payload.length - end;
  if (outOfRange.length > 0) out['outOfRange'] = outOfRange;
  return out as unknown as T;
}

/**
 * Decodes a struct of fixed size that begins at `base`. The table must not have `u64` fields, which may be absent.
 * @throws DecodeError `ERR_TRUNCATED` when the struct does not fit.
 */
export function readFixedStruct<T>(bytes: Uint8Array, struct: Struct<T>, base: number): T {
  requireBytes(bytes, base, struct.size, struct.cName);
  const view = viewOf(bytes);
  const out: Record<string, unknown> = {};
  for (const field of struct.fields) out[field.name] = readValue(view, bytes, field, base);
  return out as unknown as T;
}

/** Reads one field of a payload; null for its sentinel. Undefined beyond the payload's end, or when out of range. */
export function readField(payload: Uint8Array, field: Field): unknown {
  return field.offset + field.size > payload.length ? undefined : readValue(viewOf(payload), payload, field, 0);
}

/**
 * Reads one field as the kernel wrote it, including sentinels: a bigint for the 8-byte kinds, else a number (a flag is
 * 0 or 1). Undefined when the payload is too short, and for `bytes` and `present`.
 */
export function readExact(payload: Uint8Array, field: Field): number | bigint | undefined {
  if (field.offset + field.size > payload.length) return undefined;
  const view = viewOf(payload);
  switch (field.kind) {
    case 'u64':
    case 'id64':
      return view.getBigUint64(field.offset, true);
    case 'be64':
    case 'beId64':
      return view.getBigUint64(field.offset, false);
    case 'flag':
      return readBits(view, field, field.offset);
    case 'bytes':
    case 'present':
      return undefined;
    default:
      return readNumber(view, field, field.offset);
  }
}

/** Reads a little-endian u64 as the nearest number: exact up to 2^53 - 1. Undefined when the payload is too short. */
export function readU64AsNumber(payload: Uint8Array, offset: number): number | undefined {
  const low = readU32(payload, offset);
  const high = readU32(payload, offset + 4);
  return low === undefined || high === undefined ? undefined : high * 2 ** 32 + low;
}

/** Reads a little-endian u32. Undefined when the payload is too short. */
export function readU32(payload: Uint8Array, offset: number): number | undefined {
  const a = payload[offset];
  const b = payload[offset + 1];
  const c = payload[offset + 2];
  const d = payload[offset + 3];
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

/** Reads the field's value; null for its sentinel, undefined for a u64 that a number cannot hold. */
function readValue(view: DataView, bytes: Uint8Array, field: Field, base: number): unknown {
  const at = base + field.offset;
  switch (field.kind) {
    case 'u32': {
      const value = view.getUint32(at, true);
      return value === field.nullAt ? null : value;
    }
    case 'u64':
      return readSafeU64(view, field, at);
    case 'id64':
      return view.getBigUint64(at, true);
    case 'be64': {
      const value = view.getBigUint64(at, false);
      return value <= Number.MAX_SAFE_INTEGER ? Number(value) : undefined;
    }
    case 'beId64':
      return view.getBigUint64(at, false);
    case 'flag':
      return readBits(view, field, at) !== 0;
    case 'present':
      return true;
    case 'bytes':
      return new Uint8Array(bytes.subarray(at, at + field.size)); // a Buffer's slice() would not copy
    default: {
      const value = readNumber(view, field, at);
      return value === field.nullAt ? null : value;
    }
  }
}

function readNumber(view: DataView, field: Field, at: number): number {
  switch (field.kind) {
    case 'u8':
      return view.getUint8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'be16':
      return view.getUint16(at, false);
    case 'be32':
      return view.getUint32(at, false);
    case 'bits':
      return readBits(view, field, at);
    default:
      return view.getUint32(at, true);
  }
}

function readSafeU64(view: DataView, field: Field, at: number): number | null | undefined {
  const high = view.getUint32(at + 4, true);
  // 2^53 - 1 has 21 bits in its high word; all sentinels are larger.
  if (high <= 0x1f_ffff) return high * 2 ** 32 + view.getUint32(at, true);
  return view.getBigUint64(at, true) === field.nullAt ? null : undefined;
}

function readBits(view: DataView, field: Field, at: number): number {
  const word = field.size === 1 ? view.getUint8(at) : view.getUint32(at, true);
  const [lowest, width] = field.bits ?? [0, field.size * 8];
  return ((word >>> lowest) & (2 ** width - 1)) >>> 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
