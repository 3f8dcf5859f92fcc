import { type ConnectionIdentity, type ConnectionRow, Connections, identify } from '../../analysis/index.js';
import { type ArchivedRecord, type Metadata, RecordReader } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { type Archives, settle, visitRecords } from '../index.js';
import { partOf } from '../input/index.js';

/** Decides by a connection's first record whether to read the rest. */
export type Accept = (identity: ConnectionIdentity, startUs: number) => boolean;

/** Takes a connection; may return a promise to wait for before many more. */
export type OnConnection = (row: ConnectionRow) => Promise<void> | undefined;

/**
 * Builds a row of each connection in archives whose parts follow each other; memory is bounded. Stops reading a file of
 * a connection that is not accepted.
 */
export async function readConnections(
  reading: Archives,
  accept: Accept | undefined,
  onConnection: OnConnection,
): Promise<void> {
  const waits: (Promise<void> | undefined)[] = [];
  const connections = new Connections((row) => void waits.push(onConnection(row)));
  const view = new RecordView();
  // One reader for all archives, as their records have the same layout.
  const reader = new RecordReader();
  const choice = new Choice(accept);
  for await (const { path, source } of reading.archives()) {
    // A file with another name may hold several archives, one after the other.
    const isOne = partOf(path) !== undefined;
    let metadata: Metadata | undefined;
    let begun = false;
    let wanted = true;
    const load = (record: ArchivedRecord): RecordView | undefined => {
      if (record.metadata !== undefined) {
        ({ metadata } = record);
        begun = false;
        wanted = true;
        if (record.rawIdm === undefined) return undefined;
      }
      if (!wanted) return undefined;
      view.load(record);
      return view;
    };
    file: for await (const snapshots of visitRecords(source, load, reading.options, reader)) {
      for (const snapshot of snapshots) {
        if (!begun) {
          begun = true;
          wanted = choice.isWanted(metadata, snapshot);
          if (!wanted && isOne) break file;
          if (!wanted) continue;
          connections.begin(metadata);
        }
        connections.add(snapshot);
      }
    }
    const wait = settle(waits);
    if (wait !== undefined) await wait;
  }
  while (connections.endNext()) await settle(waits);
}

/** Filter for connections. The first record of the first part decides for all parts. */
class Choice {
  readonly #accept: Accept | undefined;
  #uuid: string | undefined;
  #wanted = true;

  constructor(accept: Accept | undefined) {
    this.#accept = accept;
  }

  isWanted(metadata: Metadata | undefined, view: RecordView): boolean {
    if (this.#accept === undefined) return true;
    if (metadata === undefined || metadata.uuid !== this.#uuid)
      this.#wanted = this.#accept(identify(metadata, view), view.timeUs);
    this.#uuid = metadata?.uuid;
    return this.#wanted;
  }
}
