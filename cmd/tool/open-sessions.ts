import type { SocketPlace } from '../../fields/index.js';
import {
  describeTarget,
  NamespaceError,
  NamespaceFinder,
  type NamespaceTarget,
  SYSTEM_FILES,
} from '../../host/namespaces/index.js';
import { type OneNamespace, SocketSession } from '../../inetdiag/kernel/index.js';

/** Network namespace to look into. */
export interface Place extends SocketPlace {
  /** Absent for the own namespace. */
  readonly target?: OneNamespace;
}

const OWN: Place = { netnsName: null, netnsInode: null };

/**
 * Returns the network namespaces that `--netns` names: the own one, another one, or all that can be found.
 * @param onFailure takes a sentence about a folder or file that could not be read
 * @throws NamespaceError
 */
export async function placesOf(
  target: NamespaceTarget | undefined,
  onFailure: (text: string) => void,
): Promise<readonly Place[]> {
  if (target === undefined) return [OWN];
  const finder = new NamespaceFinder([target], SYSTEM_FILES, (operation, path, error) =>
    onFailure(`${operation} at ${path}: ${error instanceof Error ? error.message : String(error)}`),
  );
  // An unknown name is an error here. The own namespace is not found as another one.
  finder.check();
  const found = [...(await finder.find()).values()].map(
    ({ name, path, ino }): Place => ({ netnsName: name, netnsInode: ino, target: { kind: 'path', path } }),
  );
  if (target.kind === 'all') return [OWN, ...found];
  return found.length === 0 ? [OWN] : found;
}

/** Opens a session in a network namespace. @throws NamespaceError, SockDiagError, AddonError */
export function openSession({ target, netnsName }: Place): SocketSession {
  try {
    return SocketSession.open(target);
  } catch (error) {
    // By the name that the user knows, not by the file that was found.
    if (!(error instanceof NamespaceError) || target === undefined || netnsName === null) throw error;
    const reason = error.message.replace(`network namespace ${describeTarget(target)}: `, '');
    throw new NamespaceError(netnsName, error.code, reason, error);
  }
}
