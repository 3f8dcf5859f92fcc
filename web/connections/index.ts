/** Table of connections. */
export { CONNECTION_KEYS } from './connection-keys.js';
export { ConnectionsTab } from './connections-tab.js';
