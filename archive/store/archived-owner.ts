import type { CgroupJson, PodJson, ProcessJson } from '../../live/wire/index.js';
import type { ArchivedProcess } from '../../parse/index.js';

/** Values of a process that archives lack. */
const UNRECORDED = { executable: null, uid: null, user: null, otherPids: null, seenTime: null };

/** Returns the process of an archive as rows have it; null if the archive has none. */
export function archivedProcess({ pid, command }: ArchivedProcess = {}): ProcessJson | null {
  return pid === undefined || command === undefined ? null : { ...UNRECORDED, pid, command };
}

/** Returns the cgroup of an archive as rows have it; null if the archive has none. */
export function archivedCgroup({ unit, container, pod }: ArchivedProcess = {}): CgroupJson | null {
  if (unit === undefined && container === undefined && pod === undefined) return null;
  return {
    ...{ id: null, path: null, unit: unit ?? null },
    container: container === undefined ? null : { id: container, runtime: null },
    pod: pod === undefined ? null : podOf(pod),
  };
}

/** Returns the pod of its name with its namespace, or of its uid. */
function podOf(text: string): PodJson {
  const at = text.indexOf('/');
  return at === -1
    ? { uid: text, name: null, namespace: null, container: null }
    : { uid: null, name: text.slice(at + 1), namespace: text.slice(0, at), container: null };
}
