import type { InputOptions, ReadOptions } from '../../../archive/input/index.js';
import { RecordedConnection, type TimedRecord } from './recorded-connection.js';
import type { StoredArchive } from './stored-archive.js';

/** Returns the connections of archives, by their names. */
export function recordedConnections(
  archives: readonly StoredArchive[],
  options: ReadOptions & InputOptions,
): RecordedConnection[] {
  const byName = new Map<string, StoredArchive[]>();
  for (const archive of archives) {
    // In folders of other machines a UUID may be there again.
    const name = archive.part?.uuid ?? archive.path;
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [archive]);
    else known.push(archive);
  }
  const sequence = ({ part }: StoredArchive): number => part?.sequence ?? 0;
  return [...byName.values()].map(
    (each) =>
      new RecordedConnection(
        each.toSorted((a, b) => sequence(a) - sequence(b)),
        options,
      ),
  );
}

/** Record of a connection, in the order of time of all. */
export interface PlayedRecord extends TimedRecord {
  readonly connection: RecordedConnection;
  /** True for the first record of the connection. */
  readonly isFirst: boolean;
}

/** Yields the records of connections in the order of time. A record is valid until the next one of its connection. */
export async function* playRecords(
  connections: readonly RecordedConnection[],
): AsyncGenerator<PlayedRecord, void, undefined> {
  const begun: RecordedConnection[] = [];
  for (const connection of connections) {
    await connection.begin();
    if (connection.next !== undefined) begun.push(connection);
  }
  const waiting = new TimeHeap(begun);
  const open = new Set<RecordedConnection>();
  for (let connection = waiting.first; connection !== undefined; connection = waiting.first) {
    const isFirst = !open.has(connection);
    if (isFirst) {
      await connection.restart();
      open.add(connection);
    }
    const { next } = connection;
    if (next !== undefined) yield { ...next, connection, isFirst };
    await connection.advance();
    if (connection.next === undefined) {
      waiting.removeFirst();
      open.delete(connection);
    } else waiting.sinkFirst();
  }
}

/** Connections in a heap: the one with the earliest record comes first. */
class TimeHeap {
  readonly #heap: RecordedConnection[];

  constructor(connections: readonly RecordedConnection[]) {
    // A sorted list is a heap.
    this.#heap = connections.toSorted(compare);
  }

  get first(): RecordedConnection | undefined {
    return this.#heap[0];
  }

  removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.sinkFirst();
  }

  /** Moves the first one to its place, after its next record is another one. */
  sinkFirst(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        const [a, b] = [heap[child], heap[least]];
        if (a !== undefined && b !== undefined && compare(a, b) < 0) least = child;
      }
      const [moved, other] = [heap[at], heap[least]];
      if (least === at || moved === undefined || other === undefined) return;
      heap[at] = other;
      heap[least] = moved;
      at = least;
    }
  }
}

function compare(a: RecordedConnection, b: RecordedConnection): number {
  return (a.next?.timeUs ?? 0) - (b.next?.timeUs ?? 0) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
