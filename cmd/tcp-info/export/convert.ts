import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analysisDeriver, type Column, RowFilter, type SnapshotRow } from '../../../export/index.js';
import type { Archives } from '../../reading/task-worker.js';
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
  const { format, allColumns, where, derive, sinceUs, untilUs, everyUs } = options;
  const sink = format.open?.(options);
  if (sink === undefined) throw new TypeError(`format ${format.name} writes no bytes`);
  const filter = await openFilter(where, allColumns, (row) => sink.add(row));
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

async function openFilter(
  where: string | undefined,
  columns: readonly Column[],
  emit: (row: SnapshotRow) => void,
): Promise<RowFilter | undefined> {
  if (where === undefined) return undefined;
  return await RowFilter.open({ where, columns, tempDirectory: join(tmpdir(), `tcp-info-${process.pid}`), emit });
}
