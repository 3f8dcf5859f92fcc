/** Hosts of HTTP exchanges. */
export { HttpTab } from './http-tab.js';
