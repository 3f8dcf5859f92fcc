/** Search for the processes of sockets, with metrics and log lines. Import it only when processes are looked up. */

export { ArchiveProcesses } from './archive-processes.js';
export { createProcessSearch, ProcessOwners, type ProcessSearchOptions } from './process-owners.js';
