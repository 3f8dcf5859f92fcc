/** Open and recently closed connections: rows, their last second and their history. */
export type { ConnectionStore, ConnectionTimeline, TimelineRange } from './connection-store.js';
export { LiveStore } from './live-store.js';
export type { Evicted, LiveStoreOptions, OwnerSearch } from './live-store-options.js';
export type { RowSocket } from './row-context.js';
export { ROW_FIELDS, ROW_FLAGS, ROW_PARTS, ROW_VOCABULARY, type RowPart, timeText } from './row-fields.js';
export { socketInode, socketOf } from './socket-of.js';
export type { NowValues, RowFlow, RowOwner, SettableOwner, StoreRow } from './store-row.js';
