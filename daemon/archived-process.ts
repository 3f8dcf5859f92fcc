import type { Cgroup, SocketProcess } from '../host/processes/index.js';
import type { ArchivedProcess } from '../parse/index.js';

/** Returns the process and cgroup of a connection as they are archived; undefined if nothing is known. */
export function archivedProcess(process: SocketProcess | null, cgroup: Cgroup | null): ArchivedProcess | undefined {
  const unit = cgroup?.unit ?? undefined;
  const container = cgroup?.container?.id;
  const pod = cgroup?.pod ?? undefined;
  const isNamed = pod !== undefined && pod.namespace !== null && pod.name !== null;
  const known = {
    ...(process === null ? {} : { pid: process.pid, command: process.command }),
    ...(unit === undefined ? {} : { unit }),
    ...(container === undefined ? {} : { container }),
    ...(pod === undefined ? {} : { pod: isNamed ? `${pod.namespace}/${pod.name}` : pod.uid }),
  };
  return Object.keys(known).length === 0 ? undefined : known;
}
