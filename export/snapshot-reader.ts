import { DecodeError } from '../netlink/index.js';
import type { ArchivedRecord, Metadata } from '../parse/index.js';
import { RecordView } from '../snapshot/index.js';
import type { DerivedValues, SnapshotRow } from './columns/column.js';

/** Makes rows of the records of archives, one after the other. The row is the same object for all of them. */
export class SnapshotReader implements SnapshotRow {
  readonly view: RecordView = new RecordView();
  readonly data: DataView = this.view.data;
  readonly lengths: Int32Array = this.view.lengths;
  metadata: Metadata | undefined;
  path = '';
  derived: DerivedValues | undefined;
  dropped = 0;
  ordinal = 0;

  /** Begins an archive: what was said of the one before is forgotten, but for the count of the connection's snapshots. */
  begin(path: string): void {
    this.path = path;
    this.#setMetadata(undefined);
  }

  /**
   * Takes a record in place of the one before.
   * @returns whether it is a snapshot; false of a metadata line, which says whose the next ones are
   * @throws DecodeError `ERR_RECORD` when it has neither Metadata nor RawIDM; as `RecordView.load`. The row then has no
   *   meaning until the next record.
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

  /** Takes what another row has, but for what was derived; the record is copied, since its memory may be used again. */
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

/** The same bytes in memory of their own. */
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
