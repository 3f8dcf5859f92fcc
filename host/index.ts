/**
 * The machine as /proc, /sys, cgroups and rtnetlink describe it: limits, capabilities, addresses, network namespaces,
 * and its place for temporary files.
 */

export { BootPrefixError, bootUuidPrefix, machineName, readBoot, uuidPrefix } from './boot-prefix.js';
export { buildCommit, packageVersion, pageFolder, versionLine } from './build-info.js';
export { type ClockKeeper, findClockKeeper } from './clock-keeper.js';
export {
  type ConntrackCounterName,
  type ConntrackTable,
  conntrackTableReader,
  readConntrackCounters,
  readConntrackSetting,
} from './conntrack-table.js';
export { cpuQuota } from './cpu-quota.js';
export { describeSystemError } from './errors/index.js';
export { ephemeralPortReader, type KernelOpens, type PortMask, readKernelOpens, readTimeWait } from './kernel-files.js';
export {
  CAP_NET_ADMIN,
  CAP_SYS_ADMIN,
  CAP_SYS_PTRACE,
  hasCapability,
  inspectMachine,
  type Machine,
  MachineError,
  openArchivesLimit,
  openFilesLimit,
} from './machine.js';
export { memoryLimitBytes } from './memory-limit.js';
export { type FileSystem, fileSystemOf } from './mounts.js';
export {
  describeRefusal,
  describeTarget,
  distinctNamespaces,
  type FoundNamespace,
  isAbsence,
  isForbidden,
  NamespaceError,
  type NamespaceErrorCode,
  type NamespaceFiles,
  NamespaceFinder,
  type NamespaceId,
  type NamespaceTarget,
  namespaceKey,
  openNamespace,
  ownNamespaceInode,
  ProcessNamespaces,
  parseNamespaceTarget,
  refusedNamespace,
  SYSTEM_FILES,
} from './namespaces/index.js';
export { ownSocketInodes } from './own-sockets.js';
export { portOwner } from './port-owner.js';
export { whyNoSubflows } from './subflows.js';
export {
  readPageBytes,
  readTcpCounters,
  readTcpLimits,
  readTcpSockets,
  type TcpCounterName,
  type TcpLimits,
  type TcpSockets,
} from './tcp-statistics.js';
export { makeTemporaryFolder, TemporaryFolderError, thenRemove, withTemporaryPath } from './temporary-folder.js';
export { type ReadText, readText } from './text-files.js';
