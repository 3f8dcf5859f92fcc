import { isAbsence, isForbidden, NamespaceError, refusedNamespace } from './namespace-error.js';
import { type NamespaceFiles, SYSTEM_FILES } from './namespace-files.js';
import { NamespaceFinder } from './namespace-finder.js';
import { candidatesOf, describeTarget, type NamespaceTarget, namespaceKey } from './namespace-list.js';

const OWN = '/proc/self/ns/net';

/**
 * Opens the file of one network namespace, which the caller closes; undefined for that of this process.
 * @throws NamespaceError
 */
export function openNamespace(
  target: Exclude<NamespaceTarget, { readonly kind: 'all' }>,
  files: NamespaceFiles = SYSTEM_FILES,
): number | undefined {
  const what = describeTarget(target);
  const [key] = new NamespaceFinder([target], files, () => undefined).check();
  if (key === namespaceKey(files.stat(OWN))) return undefined;
  for (const { path } of candidatesOf(target)) {
    const fd = tryOpen(what, path, files);
    if (fd === undefined) continue;
    if (namespaceKey(files.statOpen(fd)) === key) return fd;
    files.close(fd);
  }
  throw new NamespaceError(what, 'ERR_NO_NAMESPACE', 'it ended, or its file was replaced');
}

/** Returns the inode of this process's network namespace; undefined if it cannot be read. */
export function ownNamespaceInode(files: Pick<NamespaceFiles, 'stat'> = SYSTEM_FILES): number | undefined {
  try {
    return Number(files.stat(OWN).ino);
  } catch (error) {
    if (isAbsence(error) || isForbidden(error)) return undefined;
    throw error;
  }
}

function tryOpen(what: string, path: string, files: NamespaceFiles): number | undefined {
  try {
    return files.open(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw refusedNamespace(what, error);
  }
}
