import { readThriftStruct, type ThriftField, type ThriftValue, writeThrift } from './thrift.js';

/**
 * Field numbers of parquet.thrift, https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
const FILE_NUM_ROWS = 3;
const FILE_ROW_GROUPS = 4;
const ROW_GROUP_COLUMNS = 1;
const ROW_GROUP_NUM_ROWS = 3;
const ROW_GROUP_FILE_OFFSET = 5;
const ROW_GROUP_ORDINAL = 7;
const CHUNK_FILE_OFFSET = 2;
const CHUNK_META_DATA = 3;
const CHUNK_OFFSET_INDEX_OFFSET = 4;
const CHUNK_COLUMN_INDEX_OFFSET = 6;
const META_DATA_PAGE_OFFSET = 9;
const META_INDEX_PAGE_OFFSET = 10;
const META_DICTIONARY_PAGE_OFFSET = 11;
const META_BLOOM_FILTER_OFFSET = 14;

/** Footer of a Parquet file: its contents and their offsets. */
export class ParquetFooter {
  private constructor(private readonly root: ThriftValue) {}

  /**
   * Decodes a footer.
   * @throws ThriftError if the bytes are not a footer
   */
  static decode(bytes: Uint8Array): ParquetFooter {
    return new ParquetFooter(readThriftStruct(bytes));
  }

  encode(): Buffer {
    return writeThrift(this.root);
  }

  get rows(): number {
    return Number(integer(this.root, FILE_NUM_ROWS)?.value ?? 0n);
  }

  get rowGroups(): readonly ThriftValue[] {
    return list(this.root, FILE_ROW_GROUPS);
  }

  /**
   * Appends the row groups of another file with the same columns, whose bytes moved by `delta`. The other footer must
   * not be used afterwards.
   */
  append(other: ParquetFooter, delta: number): void {
    const groups = list(this.root, FILE_ROW_GROUPS);
    for (const group of other.rowGroups) {
      moveRowGroup(group, BigInt(delta));
      const ordinal = integer(group, ROW_GROUP_ORDINAL);
      if (ordinal !== undefined) ordinal.value = BigInt(groups.length);
      groups.push(group);
    }
    const rows = integer(this.root, FILE_NUM_ROWS);
    if (rows !== undefined) rows.value += BigInt(other.rows);
  }
}

/** Returns the number of rows in a row group. */
export function rowsOfGroup(group: ThriftValue): number {
  return Number(integer(group, ROW_GROUP_NUM_ROWS)?.value ?? 0n);
}

function moveRowGroup(group: ThriftValue, delta: bigint): void {
  move(group, ROW_GROUP_FILE_OFFSET, delta);
  for (const chunk of list(group, ROW_GROUP_COLUMNS)) {
    move(chunk, CHUNK_FILE_OFFSET, delta);
    move(chunk, CHUNK_OFFSET_INDEX_OFFSET, delta);
    move(chunk, CHUNK_COLUMN_INDEX_OFFSET, delta);
    const meta = field(chunk, CHUNK_META_DATA)?.value;
    if (meta === undefined) continue;
    move(meta, META_DATA_PAGE_OFFSET, delta);
    move(meta, META_INDEX_PAGE_OFFSET, delta);
    move(meta, META_DICTIONARY_PAGE_OFFSET, delta);
    move(meta, META_BLOOM_FILTER_OFFSET, delta);
  }
}

/** Adds `delta` to an offset. An offset of 0 means no offset: a file begins with its magic number. */
function move(struct: ThriftValue, id: number, delta: bigint): void {
  const offset = integer(struct, id);
  if (offset !== undefined && offset.value > 0n) offset.value += delta;
}

function field(struct: ThriftValue, id: number): ThriftField | undefined {
  return struct.type === 'struct' ? struct.fields.get(id) : undefined;
}

function integer(struct: ThriftValue, id: number): Extract<ThriftValue, { type: 'integer' }> | undefined {
  const value = field(struct, id)?.value;
  return value?.type === 'integer' ? value : undefined;
}

function list(struct: ThriftValue, id: number): ThriftValue[] {
  const value = field(struct, id)?.value;
  return value?.type === 'list' ? value.items : [];
}
