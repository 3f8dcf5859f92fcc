/** Table of connections. */
export { ConnectionsTab } from './connections-tab.js';
