/**
 * The machine as /proc, /sys, cgroups and rtnetlink describe it: limits, capabilities, addresses, network namespaces,
 * and its place for temporary files.
 */

export { BootPrefixError, bootUuidPrefix, machineName, readBoot, uuidPrefix } from './boot-prefix.js';
export { buildCommit, packageVersion, versionLine } from './build-info.js';
export { type ClockKeeper, findClockKeeper } from './clock-keeper.js';
export {
  type ConntrackCounterName,
  type ConntrackTable,
  conntrackTableReader,
  readConntrackCounters,
  readConntrackSetting,
} from './conntrack-table.js';
export { cpuQuota } from './cpu-quota.js';
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
  isAbsence,
  isForbidden,
  NamespaceError,
  type NamespaceErrorCode,
  refusedNamespace,
} from './namespaces/namespace-error.js';
export { type NamespaceFiles, SYSTEM_FILES } from './namespaces/namespace-files.js';
export { NamespaceFinder } from './namespaces/namespace-finder.js';
export {
  describeTarget,
  distinctNamespaces,
  type FoundNamespace,
  type NamespaceId,
  type NamespaceTarget,
  namespaceKey,
  parseNamespaceTarget,
} from './namespaces/namespace-list.js';
export { openNamespace, ownNamespaceInode } from './namespaces/open-namespace.js';
export { ProcessNamespaces } from './namespaces/process-namespaces.js';
export { describeSystemError } from './system-error.js';
export { makeTemporaryFolder, TemporaryFolderError, thenRemove, withTemporaryPath } from './temporary-folder.js';
export { type ReadText, readText } from './text-files.js';
