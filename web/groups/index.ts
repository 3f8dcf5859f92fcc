/** Groups of connections. */
export { GROUPS_KEYS } from './groups-control.js';
export { GroupsTab } from './groups-tab.js';
