/** Thread that converts its files. */
import { workerData } from 'node:worker_threads';
import { serveConversion } from '../../archive/index.js';
import { type CsvtoolChoice, openCsvtoolTable } from '../../export/index.js';
import { rowsOf } from './table.js';

/** Options of every thread. */
export interface WorkerOptions {
  readonly table: CsvtoolChoice;
  readonly strict: boolean;
}

const { table: choice, strict } = workerData as WorkerOptions;
const table = openCsvtoolTable(choice);

serveConversion(strict, async ({ archives, options }, write) => {
  for await (const piece of rowsOf(archives(), table, options)) await write(piece);
});
