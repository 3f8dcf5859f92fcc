/** Open and recently closed connections: rows, their last second and their history. */
export { ROW_PARTS, type RowPart } from '../wire/index.js';
export { type RowVocabulary, rowVocabulary } from './archive-fields.js';
export type { ConnectionStore, ConnectionTimeline, TimelineRange } from './connection-store.js';
export { LiveStore } from './live-store.js';
export type { Evicted, LiveStoreOptions, OwnerSearch } from './live-store-options.js';
export { isOwner } from './owner-fields.js';
export type { RowSocket } from './row-context.js';
export { ROW_FIELDS, ROW_FLAGS, ROW_VOCABULARY, timeText } from './row-fields.js';
export { socketInode, socketOf } from './socket-of.js';
export type { NowValues, RowFlow, RowOwner, SettableOwner, StoreRow } from './store-row.js';
export { UnreadableError } from './unreadable-error.js';
