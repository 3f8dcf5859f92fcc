import { DecodeError } from '../netlink/index.js';
import type { ArchivedRecord, Metadata } from '../parse/index.js';
import { RecordView } from '../parse/snapshot/index.js';
import type { DerivedValues, SnapshotRow } from './columns/index.js';

/** Row of one record after another, from archive after archive. The same object serves all records. */
export class SnapshotReader implements SnapshotRow {
  readonly view: RecordView = new RecordView();
  readonly data: DataView = this.view.data;
  readonly lengths: Int32Array = this.view.lengths;
  metadata: Metadata | undefined;
  path = '';
  derived: DerivedValues | undefined;
  dropped = 0;
  ordinal = 0;

  get record(): ArchivedRecord {
    return this.view.record;
  }

  /** Begins an archive and clears all values except the count of the connection's snapshots. */
  begin(path: string): void {
    this.path = path;
    this.#setMetadata(undefined);
  }

  /**
   * Loads a record in place of the previous one.
   * @returns true for a snapshot; false for a metadata line, which identifies the following snapshots
   * @throws DecodeError `ERR_RECORD` if it has neither Metadata nor RawIDM; otherwise as `RecordView.load`. The row is
   *   invalid then until the next record.
   */
  load(record: ArchivedRecord): boolean {
    if (record.metadata !== undefined) this.#setMetadata(record.metadata);
    if (record.rawIdm !== undefined) {
      this.view.load(record);
      return true;
    }
    if (record.metadata !== undefined) return false;
    throw new DecodeError('record has neither Metadata nor RawIDM', { code: 'ERR_RECORD', at: 0 });
  }

  /** Copies another row, except its derived values. The record's bytes are copied, since their memory may be reused. */
  copy(row: SnapshotRow): void {
    this.path = row.path;
    this.#setMetadata(row.metadata);
    this.view.load(copyRecord(row.view.record));
    this.derived = undefined;
    this.dropped = row.dropped;
    this.ordinal = row.ordinal;
  }

  #setMetadata(metadata: Metadata | undefined): void {
    this.metadata = metadata;
    this.view.kernelRelease = metadata?.provenance?.kernel;
  }
}

/** Copies a record's bytes to separate memory. */
function copyRecord({ timestamp, rawIdm, attributes }: ArchivedRecord): ArchivedRecord {
  let bytes = rawIdm?.length ?? 0;
  for (const payload of attributes ?? []) bytes += payload?.length ?? 0;
  const block = new Uint8Array(bytes);
  let end = 0;
  const keep = (from: Uint8Array): Uint8Array => {
    block.set(from, end);
    end += from.length;
    return block.subarray(end - from.length, end);
  };
  return {
    timestamp,
    ...(rawIdm === undefined ? {} : { rawIdm: keep(rawIdm) }),
    ...(attributes === undefined
      ? {}
      : { attributes: attributes.map((payload) => (payload === null ? null : keep(payload))) }),
  };
}
