import type { Connection } from '../../cache/index.js';
import type { Collector, ConnectionReads } from '../../collector/index.js';
import type { StoreRow } from '../store/index.js';

/** Collectors whose connections can be watched, and the reads that they share. */
export interface WatchTargetsOptions {
  readonly collectors: () => readonly Pick<Collector, 'connectionOf' | 'watch'>[];
  readonly reads: ConnectionReads & { unwatch(connection: Connection): void };
  /** Inode of the own network namespace; absent if unknown. */
  readonly ownInode?: number;
}

/** Finds the connections of rows in the caches of collectors, and begins and ends their reads. */
export class WatchTargets {
  readonly #options: WatchTargetsOptions;

  constructor(options: WatchTargetsOptions) {
    this.#options = options;
  }

  /** Returns the connection of a row; undefined if it has ended, or no collector has it. */
  connectionOf({ cookie, identity, startTime }: StoreRow): Connection | undefined {
    if (cookie === null) return undefined;
    const inode = identity.netnsInode ?? undefined;
    for (const collector of this.#options.collectors()) {
      const found = collector.connectionOf(cookie, inode === this.#options.ownInode ? undefined : inode);
      // A socket that connects again has the same cookie.
      if (found !== undefined && found.startTime === startTime) return found;
    }
    return undefined;
  }

  /** Reads a connection at an interval. @throws an Error with a code of the addon */
  watch(connection: Connection, intervalMs: number): void {
    const inode = connection.netns?.inode;
    const collector = this.#options
      .collectors()
      .find((each) => each.connectionOf(connection.cookie, inode) === connection);
    collector?.watch(this.#options.reads, connection, intervalMs * NS_PER_MS);
  }

  /** Ends the reads of a connection. */
  unwatch(connection: Connection): void {
    this.#options.reads.unwatch(connection);
  }
}

const NS_PER_MS = 1e6;
