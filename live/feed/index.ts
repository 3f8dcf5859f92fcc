/** Sources of a live store: its observers, and a collector for connections that are not recorded. */
export { createOwnCollector, type OtherNamespaces, type OwnCollectorOptions } from './own-collector.js';
export { type ReplayClock, StoreFeed, type StoreFeedOptions } from './store-feed.js';
export { WatchedNamespaces } from './watched.js';
