/**
 * Thrift's compact protocol, the format of a Parquet file's footer. Implements enough to change some integers of a
 * footer and keep everything else unchanged, known or not. Code that a Thrift compiler makes of parquet.thrift drops
 * fields that it does not know.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

/** Types of fields and elements. */
export const ThriftType = {
  True: 1,
  False: 2,
  Byte: 3,
  I16: 4,
  I32: 5,
  I64: 6,
  Double: 7,
  Binary: 8,
  List: 9,
  Set: 10,
  Map: 11,
  Struct: 12,
} as const;

/** Value with its type. Integers are bigints; values other than structs, lists and integers are kept as bytes. */
export type ThriftValue =
  | { readonly type: 'struct'; readonly fields: Map<number, ThriftField> }
  | { readonly type: 'list'; readonly elementType: number; readonly items: ThriftValue[] }
  | { readonly type: 'integer'; value: bigint }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array };

/** Field of a struct. The type of a boolean is its value, without bytes. */
export interface ThriftField {
  readonly wireType: number;
  readonly value: ThriftValue;
}

/** Thrown for a footer that cannot be read. */
export class ThriftError extends Error {
  override readonly name = 'ThriftError';
}

/**
 * Reads a struct that begins at the first byte.
 * @throws ThriftError if the bytes are not such a struct
 */
export function readThriftStruct(bytes: Uint8Array): ThriftValue {
  return new Reader(bytes).struct();
}

/** Returns the bytes of a struct. */
export function writeThrift(value: ThriftValue): Buffer {
  const writer = new Writer();
  writer.value(value);
  return writer.take();
}

class Reader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  struct(): ThriftValue {
    const fields = new Map<number, ThriftField>();
    let id = 0;
    for (;;) {
      const header = this.#byte();
      if (header === 0) return { type: 'struct', fields };
      const delta = header >> 4;
      id = delta === 0 ? Number(this.#zigzag()) : id + delta;
      const wireType = header & 0x0f;
      const isBool = wireType === ThriftType.True || wireType === ThriftType.False;
      fields.set(id, { wireType, value: isBool ? { type: 'bytes', bytes: this.#take(0) } : this.#value(wireType) });
    }
  }

  #value(wireType: number): ThriftValue {
    switch (wireType) {
      case ThriftType.True:
      case ThriftType.False:
      case ThriftType.Byte:
        return { type: 'bytes', bytes: this.#take(1) };
      case ThriftType.I16:
      case ThriftType.I32:
      case ThriftType.I64:
        return { type: 'integer', value: this.#zigzag() };
      case ThriftType.Double:
        return { type: 'bytes', bytes: this.#take(8) };
      case ThriftType.Binary: {
        const start = this.#at;
        const length = Number(this.#varint());
        const end = this.#at + length;
        this.#at = start;
        return { type: 'bytes', bytes: this.#take(end - start) };
      }
      case ThriftType.List:
      case ThriftType.Set:
        return this.#list();
      case ThriftType.Struct:
        return this.struct();
      default:
        throw new ThriftError(`type ${wireType} at ${this.#at} is not expected`);
    }
  }

  #list(): ThriftValue {
    const header = this.#byte();
    const short = header >> 4;
    const size = short === 0x0f ? Number(this.#varint()) : short;
    const elementType = header & 0x0f;
    if (size > this.bytes.length) throw new ThriftError(`list of ${size} elements is longer than all bytes`);
    const items: ThriftValue[] = [];
    for (let i = 0; i < size; i++) items.push(this.#value(elementType));
    return { type: 'list', elementType, items };
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new ThriftError(`integer at ${this.#at} has no end`);
  }

  #byte(): number {
    const byte = this.bytes[this.#at++];
    if (byte === undefined) throw new ThriftError('bytes end within a value');
    return byte;
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.bytes.length) throw new ThriftError('bytes end within a value');
    const taken = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

class Writer {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #end = 0;

  take(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  value(value: ThriftValue): void {
    switch (value.type) {
      case 'struct':
        this.#struct(value.fields);
        break;
      case 'list':
        this.#listHeader(value.elementType, value.items.length);
        for (const item of value.items) this.value(item);
        break;
      case 'integer':
        this.#zigzag(value.value);
        break;
      case 'bytes':
        this.#bytes(value.bytes);
        break;
    }
  }

  #struct(fields: ReadonlyMap<number, ThriftField>): void {
    let last = 0;
    for (const [id, { wireType, value }] of fields) {
      const delta = id - last;
      if (delta >= 1 && delta <= 15) {
        this.#byte((delta << 4) | wireType);
      } else {
        this.#byte(wireType);
        this.#zigzag(BigInt(id));
      }
      last = id;
      this.value(value);
    }
    this.#byte(0);
  }

  #listHeader(elementType: number, size: number): void {
    if (size < 0x0f) {
      this.#byte((size << 4) | elementType);
    } else {
      this.#byte(0xf0 | elementType);
      this.#varint(BigInt(size));
    }
  }

  #zigzag(value: bigint): void {
    this.#varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  }

  #varint(value: bigint): void {
    let rest = value;
    while (rest >= 0x80n) {
      this.#byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#byte(Number(rest));
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#end++] = byte;
  }

  #bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #reserve(count: number): void {
    if (this.#end + count <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#end + count));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}
