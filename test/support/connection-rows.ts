import { type ConnectionRow, Connections } from '../../analysis/index.js';
import { decodeRecord } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { archivePaths, readArchiveText } from './archives.js';

/** Returns the rows of all connections in the archives below a folder. */
export function connectionRows(output: string): ConnectionRow[] {
  const rows: ConnectionRow[] = [];
  const all = new Connections((row) => rows.push(row));
  const view = new RecordView();
  for (const path of archivePaths(output)) {
    for (const record of readArchiveText(path).trimEnd().split('\n').map(decodeRecord)) {
      if (record.metadata !== undefined) all.begin(record.metadata);
      if (record.rawIdm === undefined) continue;
      view.load(record);
      all.add(view);
    }
  }
  all.end();
  return rows;
}
