import {
  ConnectionBuilder,
  type ConnectionIdentity,
  type ConnectionRow,
  Deriver,
  identify,
  newObservation,
  observeSnapshot,
} from '../../../analysis/index.js';
import { type Archive, type ReadOptions, readRecordBatches } from '../../../input/index.js';
import type { ArchivedRecord, Metadata } from '../../../parse/index.js';
import { decodeSnapshot } from '../../../snapshot/index.js';

/** Makes a row of each connection in archives whose parts follow each other, in memory of one connection. */
export async function readConnections(
  archives: AsyncIterable<Archive>,
  options: ReadOptions,
  onConnection: (row: ConnectionRow) => void,
): Promise<void> {
  const connections = new Connections(onConnection);
  for await (const { source } of archives) {
    let begun = false;
    for await (const batch of readRecordBatches(source, options)) {
      for (let record = batch.next(); record !== undefined; record = batch.next()) {
        if (!begun || record.metadata !== undefined) connections.begin(record.metadata);
        begun = true;
        if (record.rawIdm === undefined) continue;
        try {
          connections.add(record);
        } catch (error) {
          batch.refuse(error);
        }
      }
    }
  }
  connections.end();
}

class Connections {
  readonly #observation = newObservation();
  readonly #deriver = new Deriver();
  readonly #builder = new ConnectionBuilder();
  readonly #onConnection: (row: ConnectionRow) => void;
  #metadata: Metadata | undefined;
  #identity: ConnectionIdentity | undefined;

  constructor(onConnection: (row: ConnectionRow) => void) {
    this.#onConnection = onConnection;
  }

  begin(metadata: Metadata | undefined): void {
    const last = this.#metadata;
    const goesOn = metadata !== undefined && last?.uuid === metadata.uuid && metadata.sequence > last.sequence;
    if (!goesOn) this.end();
    this.#metadata = metadata;
  }

  add(record: ArchivedRecord): void {
    const snapshot = decodeSnapshot(record);
    const observation = observeSnapshot(snapshot, this.#observation);
    this.#identity ??= identify(this.#metadata, snapshot);
    this.#builder.add(observation, this.#deriver.next(observation));
  }

  end(): void {
    if (this.#identity !== undefined) this.#onConnection(this.#builder.finish(this.#identity));
    this.#identity = undefined;
    this.#metadata = undefined;
    this.#deriver.reset();
    this.#builder.reset();
  }
}
