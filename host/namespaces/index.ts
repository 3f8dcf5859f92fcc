/** Network namespaces: how users name them, and how they are found and opened. */
export {
  describeRefusal,
  isAbsence,
  isForbidden,
  NamespaceError,
  type NamespaceErrorCode,
  refusedNamespace,
} from './namespace-error.js';
export { type NamespaceFiles, SYSTEM_FILES } from './namespace-files.js';
export { NamespaceFinder } from './namespace-finder.js';
export {
  describeTarget,
  distinctNamespaces,
  type FoundNamespace,
  type NamespaceId,
  type NamespaceTarget,
  namespaceKey,
  parseNamespaceTarget,
} from './namespace-list.js';
export { openNamespace, ownNamespaceInode } from './open-namespace.js';
export { ProcessNamespaces } from './process-namespaces.js';
