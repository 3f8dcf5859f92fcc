import { Pipeline, type PipelineOptions, SnapshotReader, type SnapshotRow } from '../../export/index.js';
import { openInputs, type Problems, readRecordBatches } from '../../input/index.js';

/** What is read, and what becomes of it. */
export interface ArchiveRowsOptions extends Omit<PipelineOptions, 'emit'> {
  readonly paths: readonly string[];
  readonly problems: Problems;
  /** Takes a row, which is valid until it returns; gives what has to be waited for before more come. */
  readonly add: (row: SnapshotRow) => Promise<void> | undefined;
  /** Told when an archive begins. */
  readonly onArchive?: (path: string) => void;
}

/**
 * Reads archives and gives their snapshots as rows, one after the other. Memory does not grow with the input.
 * @throws ArchiveInputError for paths that lead to nothing, and with `--strict` at the first problem; what `add` throws
 */
export async function readArchiveRows(options: ArchiveRowsOptions): Promise<void> {
  const { paths, problems, add, onArchive, ...selection } = options;
  let wait: Promise<void> | undefined;
  const pipeline = new Pipeline({
    ...selection,
    emit: (row) => {
      // Thinning may give two rows at once, of which the first one fills a table.
      const more = add(row);
      if (more !== undefined) wait = wait === undefined ? more : Promise.all([wait, more]).then(() => undefined);
    },
  });
  const reading = { onProblem: problems.report };
  const row = new SnapshotReader();
  for await (const { path, source } of openInputs(paths, { ...reading, onPassedOver: problems.passedOver })) {
    row.begin(path);
    onArchive?.(path);
    for await (const batch of readRecordBatches(source, reading)) {
      for (let record = batch.next(); record !== undefined; record = batch.next()) {
        let isSnapshot: boolean;
        try {
          isSnapshot = row.load(record);
        } catch (error) {
          batch.refuse(error);
          continue;
        }
        if (isSnapshot) pipeline.add(row);
        if (wait !== undefined) {
          await wait;
          wait = undefined;
        }
      }
    }
  }
  pipeline.finish();
  await wait;
}
