import { analysisDeriver, RowFilter, type SnapshotRow } from '../../../export/index.js';
import type { Archives } from '../../reading/task-worker.js';
import { withTemporaryPath } from '../../reading/temporary-folder.js';
import { readArchiveRows } from '../archive-rows.js';
import type { FormatOptions } from './formats.js';
import type { ExportOptions } from './options.js';

/** Bytes that are gathered for one write: what a pipe holds. */
const WRITE_BYTES = 64 * 1024;

/** What becomes of archives. */
export interface ConvertOptions
  extends FormatOptions,
    Pick<ExportOptions, 'format' | 'allColumns' | 'where' | 'derive' | 'sinceUs' | 'untilUs' | 'everyUs'> {}

/**
 * Makes bytes of archives, and writes them as they come.
 * @throws ArchiveInputError, DuckDbError, and what `write` throws
 */
export async function convertArchives(
  options: ConvertOptions,
  reading: Archives,
  writeBytes: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const { where } = options;
  if (where === undefined) return await convert(options, reading, writeBytes);
  await withTemporaryPath((tempDirectory) => convert(options, reading, writeBytes, { where, tempDirectory }));
}

async function convert(
  { format, allColumns, derive, sinceUs, untilUs, everyUs, ...rest }: ConvertOptions,
  reading: Archives,
  writeBytes: (bytes: Buffer) => Promise<void>,
  chosen?: { readonly where: string; readonly tempDirectory: string },
): Promise<void> {
  const sink = format.open?.(rest);
  if (sink === undefined) throw new TypeError(`format ${format.name} writes no bytes`);
  const emit = (row: SnapshotRow): void => sink.add(row);
  const filter = chosen === undefined ? undefined : await RowFilter.open({ ...chosen, columns: allColumns, emit });
  /** What has gathered goes on when it is much. */
  const write = (least: number): Promise<void> | undefined =>
    sink.out.length >= least ? writeBytes(sink.out.take()) : undefined;
  const add = (row: SnapshotRow): Promise<void> | undefined => {
    if (filter === undefined) {
      sink.add(row);
      return write(WRITE_BYTES);
    }
    filter.add(row);
    return filter.isFull ? filter.flush().then(() => write(WRITE_BYTES)) : undefined;
  };
  try {
    await readArchiveRows({
      reading,
      ...{ sinceUs, untilUs, everyUs, deriver: derive ? analysisDeriver() : undefined, add },
      onArchive: (archive) => sink.begin?.(archive),
      onArchiveEnd: async () => {
        if (sink.end === undefined) return;
        // What ends an archive comes behind its rows.
        await filter?.flush();
        sink.end();
        await write(WRITE_BYTES);
      },
    });
    await filter?.flush();
    await write(1);
  } finally {
    filter?.close();
  }
}
