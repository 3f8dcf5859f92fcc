import { Pipeline, type PipelineOptions, SnapshotReader, type SnapshotRow } from '../../export/index.js';
import { type Archive, readRecordBatches } from '../../input/index.js';
import type { Archives } from '../reading/task-worker.js';
import { settle } from './settle.js';

/** What is read, and what becomes of it. */
export interface ArchiveRowsOptions extends Omit<PipelineOptions, 'emit'> {
  readonly reading: Archives;
  /** Takes a row, which is valid until it returns; gives what has to be waited for before more come. */
  readonly add: (row: SnapshotRow) => Promise<void> | undefined;
  /** Told when an archive begins. */
  readonly onArchive?: (archive: Archive) => void;
  /** Told when it has ended: its rows have been given, but for one that thinning may hold back. */
  readonly onArchiveEnd?: () => Promise<void> | undefined;
}

/**
 * Reads archives and gives their snapshots as rows, one after the other. Memory does not grow with the input.
 * @throws ArchiveInputError with `--strict` at the first problem; what `add` and the others throw
 */
export async function readArchiveRows(options: ArchiveRowsOptions): Promise<void> {
  const { reading, add, onArchive, onArchiveEnd, ...selection } = options;
  // Thinning may give two rows at once, of which the first one fills a table.
  const waits: (Promise<void> | undefined)[] = [];
  const pipeline = new Pipeline({ ...selection, emit: (row) => void waits.push(add(row)) });
  const row = new SnapshotReader();
  for await (const archive of reading.archives()) {
    row.begin(archive.path);
    onArchive?.(archive);
    for await (const batch of readRecordBatches(archive.source, reading.options)) {
      for (let record = batch.next(); record !== undefined; record = batch.next()) {
        let isSnapshot: boolean;
        try {
          isSnapshot = row.load(record);
        } catch (error) {
          batch.refuse(error);
          continue;
        }
        if (isSnapshot) pipeline.add(row);
        const wait = settle(waits);
        if (wait !== undefined) await wait;
      }
    }
    await onArchiveEnd?.();
  }
  pipeline.finish();
  await settle(waits);
}
