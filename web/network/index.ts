/** The network of the machine: rates, openings, queues of listeners, local ports. */
export { NetworkTab } from './network-tab.js';
