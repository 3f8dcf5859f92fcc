import { type Archives, settle, visitRecords } from '../../archive/index.js';
import type { Archive } from '../../archive/input/index.js';
import { Pipeline, type PipelineOptions, SnapshotReader, type SnapshotRow } from '../../export/index.js';
import { type ArchivedRecord, RecordReader } from '../../parse/index.js';

/** Options of {@link readArchiveRows}. */
export interface ArchiveRowsOptions extends Omit<PipelineOptions, 'emit'> {
  readonly reading: Archives;
  /** Takes a row, valid only during the call; may return a promise to wait for before the next row. */
  readonly add: (row: SnapshotRow) => Promise<void> | undefined;
  /** Called at the start of an archive. */
  readonly onArchive?: (archive: Archive) => void;
  /** Called at the end of an archive, when all its rows were given, except one that thinning may hold back. */
  readonly onArchiveEnd?: () => Promise<void> | undefined;
}

/**
 * Reads archives and passes their snapshots on as rows, one by one. Memory does not grow with the input.
 * @throws ArchiveInputError with `--strict` at the first problem; any error of `add` and the other callbacks
 */
export async function readArchiveRows(options: ArchiveRowsOptions): Promise<void> {
  const { reading, add, onArchive, onArchiveEnd, ...selection } = options;
  // Thinning may pass on two rows at once, and the first may fill a table.
  const waits: Promise<void>[] = [];
  const emit = (row: SnapshotRow): void => {
    const wait = add(row);
    if (wait !== undefined) waits.push(wait);
  };
  const pipeline = new Pipeline({ ...selection, emit });
  const row = new SnapshotReader();
  // One reader for all archives, as their records have the same layout.
  const reader = new RecordReader();
  const load = (record: ArchivedRecord): SnapshotReader | undefined => (row.load(record) ? row : undefined);
  for await (const archive of reading.archives()) {
    row.begin(archive.path);
    onArchive?.(archive);
    for await (const snapshots of visitRecords(archive.source, load, reading.options, reader)) {
      for (const snapshot of snapshots) {
        pipeline.add(snapshot);
        if (waits.length > 0) await settle(waits);
      }
    }
    await onArchiveEnd?.();
  }
  pipeline.finish();
  await settle(waits);
}
