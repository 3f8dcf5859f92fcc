/** The network of the machine: all connections together, queues of listeners, local ports, memory and counters. */
export { NetworkTab } from './network-tab.js';
