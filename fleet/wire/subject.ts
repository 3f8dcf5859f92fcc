import type { FrameKind } from './frame-name.js';
import { partitionText } from './partition.js';

/** Beginning of all subjects. The version changes when an older reader could not read the frames. */
const ROOT = 'tcpinfo.v1';

/** Returns the subject of a node's frames. Characters that subjects give a meaning to become `_`. */
export function subjectOf(partition: number, kind: FrameKind, cluster: string, node: string): string {
  return `${ROOT}.${partitionText(partition)}.${kind}.${token(cluster)}.${token(node)}`;
}

/** Returns the pattern of all subjects of a partition. */
export function partitionSubjects(partition: number): string {
  return `${ROOT}.${partitionText(partition)}.>`;
}

/** Returns the name of a partition's stream. */
export function streamName(partition: number): string {
  return `TCPINFO_${partitionText(partition)}`;
}

function token(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}
