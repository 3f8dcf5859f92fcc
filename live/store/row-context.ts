import type { ConnectionBuilder, ConnectionIdentity } from '../../analysis/index.js';
import type { SubflowIndex } from '../mptcp/index.js';
import type { PairEnds, PairIndex, PairRow } from '../pairs/index.js';
import type { RowFlow, SettableOwner } from './store-row.js';

/** Row as other rows show it: the other end of a connection, or another subflow. */
export interface RelatedRow extends PairRow {
  readonly key: string;
  readonly identity: ConnectionIdentity;
}

/** Socket of a row, as the search for its process needs it. */
export interface RowSocket {
  /** 0 while no process holds the socket. */
  readonly inode: number;
  readonly uid: number;
  readonly cgroupId: bigint | undefined;
  readonly localPort: number;
  readonly netnsInode: number | undefined;
}

/** Values and functions that all rows of a store share. */
export interface RowContext {
  /** Time of the store's values, microseconds since 1970. */
  readonly timeUs: number;
  /** Number of the store's last full second. */
  readonly generation: number;
  /** Time between two scans, microseconds. */
  readonly scanUs: number;
  /** Builder for rows with a single record, which have none of their own. */
  readonly singleRecord: ConnectionBuilder;
  setOwner(owner: SettableOwner, socket: RowSocket): void;
  readonly pairs: PairIndex<RelatedRow>;
  readonly subflows: SubflowIndex<RelatedRow>;
}

/** Identity of a new row. */
export interface RowStart {
  readonly key: string;
  readonly cookie: bigint;
  readonly identity: ConnectionIdentity;
  readonly startTime: string;
  readonly startUs: number;
  readonly socket: RowSocket;
  /** Returns the flow, as far as it is known; absent: flows are not looked up. */
  readonly readFlow?: (() => RowFlow | null) | undefined;
  /** Ends, uncut, by which the other end is found. */
  readonly ends: PairEnds | undefined;
}
