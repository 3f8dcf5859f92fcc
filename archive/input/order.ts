import { partOf } from './names.js';

interface Entry {
  readonly path: string;
  readonly group: string;
  readonly sequence: number;
}

function entryOf(path: string): Entry {
  const part = partOf(path);
  // A path cannot contain NUL, so a file without a connection has a group of its own.
  return part === undefined
    ? { path, group: `\0${path}`, sequence: 0 }
    : { path, group: part.uuid, sequence: part.sequence };
}

/** Sorts the files of a folder or pattern by the connection's UUID, then by sequence, then by path. */
export function sortPaths(paths: readonly string[]): string[] {
  return paths
    .map(entryOf)
    .sort((a, b) => compare(a.group, b.group) || a.sequence - b.sequence || compare(a.path, b.path))
    .map(({ path }) => path);
}

/**
 * Groups the files of each connection, ordered by sequence, at the place of the first of them, and removes duplicate
 * paths. Other files keep their place.
 */
export function byConnection(paths: readonly string[]): string[] {
  const groups = new Map<string, Entry[]>();
  for (const path of new Set(paths)) {
    const entry = entryOf(path);
    const group = groups.get(entry.group);
    if (group === undefined) groups.set(entry.group, [entry]);
    else group.push(entry);
  }
  const ordered: string[] = [];
  for (const group of groups.values()) {
    for (const { path } of group.sort((a, b) => a.sequence - b.sequence)) ordered.push(path);
  }
  return ordered;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
