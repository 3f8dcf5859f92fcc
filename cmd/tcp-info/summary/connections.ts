import { type ConnectionRow, Connections } from '../../../analysis/index.js';
import { type Archive, type ReadOptions, readRecordBatches } from '../../../input/index.js';
import { RecordView } from '../../../snapshot/index.js';

/** Makes a row of each connection in archives whose parts follow each other, in memory of one connection. */
export async function readConnections(
  archives: AsyncIterable<Archive>,
  options: ReadOptions,
  onConnection: (row: ConnectionRow) => void,
): Promise<void> {
  const connections = new Connections(onConnection);
  const view = new RecordView();
  for await (const { source } of archives) {
    let begun = false;
    for await (const batch of readRecordBatches(source, options)) {
      for (let record = batch.next(); record !== undefined; record = batch.next()) {
        if (!begun || record.metadata !== undefined) connections.begin(record.metadata);
        begun = true;
        if (record.rawIdm === undefined && record.metadata !== undefined) continue;
        try {
          view.load(record);
        } catch (error) {
          batch.refuse(error);
          continue;
        }
        connections.add(view);
      }
    }
  }
  connections.end();
}
