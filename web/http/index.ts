/** HTTP exchanges by host, as the collector reads them from packets. */
export { HttpTab } from './http-tab.js';
