/** Processes and cgroups of sockets: from `/proc/PID/fd` and the tree of cgroups, within a budget of CPU time. */

export { type CgroupMount, findCgroupMount } from './cgroup-mount.js';
export { isRefusal } from './errno.js';
export { INIT_PID } from './read-rights.js';
export {
  DEFAULT_CPU_BUDGET,
  type ProcessClock,
  SocketProcesses,
  type SocketProcessesOptions,
} from './socket-processes.js';
export type {
  Cgroup,
  Container,
  LookupResult,
  Pod,
  ProcessAnswer,
  ProcessReports,
  SearchUnknown,
  SocketProcess,
  WantedSocket,
} from './types.js';
