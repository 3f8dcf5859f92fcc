import type { Archives } from '../../../archive/index.js';
import { analysisDeriver, RowFilter, type SnapshotRow } from '../../../export/index.js';
import { withTemporaryPath } from '../../../host/index.js';
import { readArchiveRows } from '../archive-rows.js';
import type { FormatOptions } from './formats.js';
import type { ExportOptions } from './options.js';

/** Bytes per write: the size of a pipe. */
const WRITE_BYTES = 64 * 1024;

/** Options of {@link convertArchives}. */
export interface ConvertOptions
  extends FormatOptions,
    Pick<ExportOptions, 'format' | 'allColumns' | 'where' | 'derive' | 'sinceUs' | 'untilUs' | 'everyUs'> {}

/**
 * Converts archives to bytes, and writes these as they come.
 * @throws ArchiveInputError, DuckDbError, and any error of `write`
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
  /** Writes the collected bytes if there are at least `least`. */
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
        // The text that ends an archive must follow its rows.
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
