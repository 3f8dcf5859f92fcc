/** Thread that converts its files. */
import { workerData } from 'node:worker_threads';
import { serveConversion } from '../../../archive/index.js';
import { DERIVED_COLUMNS, SNAPSHOT_COLUMNS, selectColumns, THINNING_COLUMNS } from '../../../export/index.js';
import { convertArchives } from './convert.js';
import { FORMATS, type FormatOptions } from './formats.js';
import type { ExportOptions } from './options.js';

/** Options of every thread, as plain values. */
export interface ExportWorkerOptions
  extends Pick<ExportOptions, 'sinceUs' | 'untilUs' | 'everyUs' | 'derive' | 'strict'>,
    Pick<FormatOptions, 'version' | 'now'> {
  /** Name of the format. */
  readonly format: string;
  /** Names of the columns. */
  readonly columns: readonly string[];
}

const told = workerData as ExportWorkerOptions;
const format = FORMATS.find(({ name }) => name === told.format);
if (format === undefined) throw new TypeError(`no format ${told.format}`);
const allColumns = [...SNAPSHOT_COLUMNS, ...THINNING_COLUMNS, ...DERIVED_COLUMNS];
const columns = selectColumns(told.columns, allColumns);
const options = { ...told, format, columns, allColumns, where: undefined, header: false };

serveConversion(told.strict, (archives, write) => convertArchives(options, archives, write));
