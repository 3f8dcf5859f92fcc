/** Search for the processes of sockets, with metrics and log lines. Import it only when processes are looked up. */
export { createProcessSearch, ProcessOwners, type ProcessSearchOptions } from './process-owners.js';
