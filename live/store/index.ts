/** Open and recently closed connections: rows, their last second and their history. */
export type { ConnectionStore, ConnectionTimeline, TimelineRange } from './connection-store.js';
export type { NowValues, RowOwner, StoreRow } from './store-row.js';
