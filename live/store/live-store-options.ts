import type { Connection, StateSlots } from '../../cache/index.js';
import type { ArchivedRecord, Netns } from '../../parse/index.js';
import type { RowSocket } from './row-context.js';
import type { RowFlow, SettableOwner } from './store-row.js';

/** Search for the processes and cgroups of sockets. */
export interface OwnerSearch {
  /** Begins to look for the process of a socket. */
  want(socket: RowSocket): void;
  /** Notes that a socket is closed. */
  ended(socket: RowSocket): void;
  /** Sets the owner of a socket. Lists ask for thousands: no object is made for each. */
  setOwner(owner: SettableOwner, socket: RowSocket): void;
  readonly readsOthers: boolean;
}

/** Kinds of data that bounds of memory and time drop. */
export type Evicted = 'history' | 'closed';

/** Options of {@link LiveStore}. */
export interface LiveStoreOptions {
  /** Slots of the cache's observers. */
  readonly slots: StateSlots;
  /** Time for which seconds of history are kept. */
  readonly historySec: number;
  /** Memory of the history, bytes. */
  readonly maxHistoryBytes: number;
  /** Time for which closed rows are kept. */
  readonly keepClosedSec: number;
  /** Most closed rows (default 10,000). */
  readonly maxClosed?: number;
  /** Time between two scans, microseconds. */
  readonly scanUs: number;
  /** Returns true when new connections of a network namespace began while the collector watched it. */
  readonly isWatched: (netns: Netns | undefined) => boolean;
  /** Search for processes; absent: off. */
  readonly owners?: OwnerSearch;
  /** Returns a function that returns the flow of a connection, as far as it is known; absent: not looked up. */
  readonly flowReader?: (connection: Connection) => () => RowFlow | null;
  /** Returns the `inet_diag_msg` of a record with the addresses to show (default: as they are). */
  readonly shownIdm?: (record: ArchivedRecord, netns: Netns | undefined) => Uint8Array | undefined;
  /** Current time, microseconds since 1970. */
  readonly nowUs: () => number;
  /** Time that grows evenly, milliseconds. */
  readonly elapsedMs: () => number;
  /** Schedules the next slice of a walk (default: setImmediate). */
  readonly later?: (work: () => void) => void;
  /** Called with an unexpected error of a listener or of the work on a row; the others go on. */
  readonly onFault?: (error: unknown) => void;
  /** Called with the number of rows or seconds that were dropped because of a bound. */
  readonly onEvicted?: (what: Evicted, count: number) => void;
}
