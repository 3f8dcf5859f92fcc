/** Groups of connections. */
export { GroupsTab } from './groups-tab.js';
