import { isAbsolute, resolve } from 'node:path';

/** Network namespaces to record beside the own one: one by name, file or process, or all that can be found. */
export type NamespaceTarget =
  | { readonly kind: 'all' }
  | { readonly kind: 'name'; readonly name: string }
  /** `path` is absolute. */
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'pid'; readonly pid: number };

/** Folders with namespace files of `ip netns` and of Docker. A namespace in both gets its name of `ip netns`. */
export const NAMESPACE_FOLDERS = ['/run/netns', '/run/docker/netns'] as const;

/** Identity of a network namespace while it exists: device and inode number of its files. */
export interface NamespaceId {
  readonly dev: number;
  readonly ino: number;
}

/** Network namespace that was found, with one of its files. */
export interface FoundNamespace extends NamespaceId {
  readonly name: string;
  readonly path: string;
}

/**
 * Parses `NAME`, `PATH` (has a slash), `PID` (digits) or `all`; returns undefined for any other text.
 * @param cwd folder to which a relative path refers
 */
export function parseNamespaceTarget(text: string, cwd: string): NamespaceTarget | undefined {
  if (text === '' || text === '.' || text === '..' || text.includes('\0')) return undefined;
  if (text === 'all') return { kind: 'all' };
  if (text.includes('/')) return { kind: 'path', path: isAbsolute(text) ? text : resolve(cwd, text) };
  if (!/^\d+$/.test(text)) return { kind: 'name', name: text };
  const pid = Number(text);
  return pid >= 1 && pid <= 0x7fffffff ? { kind: 'pid', pid } : undefined;
}

/** Returns the paths at which to look for a target's file, in order, and the name of a namespace found there. */
export function candidatesOf(target: NamespaceTarget): { readonly name: string; readonly path: string }[] {
  switch (target.kind) {
    case 'all':
      return [];
    case 'name':
      return NAMESPACE_FOLDERS.map((folder) => ({ name: target.name, path: `${folder}/${target.name}` }));
    case 'path':
      return [{ name: target.path, path: target.path }];
    case 'pid':
      return [processCandidate(target.pid)];
  }
}

/** Returns the name and the file of a process's network namespace. */
export function processCandidate(pid: number): { readonly name: string; readonly path: string } {
  return { name: `pid:${pid}`, path: `/proc/${pid}/ns/net` };
}

/** Returns a target as the user gave it. */
export function describeTarget(target: NamespaceTarget): string {
  switch (target.kind) {
    case 'all':
      return 'all';
    case 'name':
      return target.name;
    case 'path':
      return target.path;
    case 'pid':
      return String(target.pid);
  }
}

/** Returns a string that identifies a namespace. */
export function namespaceKey({ dev, ino }: NamespaceId): string {
  return `${dev}:${ino}`;
}

/**
 * Returns the distinct network namespaces, by {@link namespaceKey}; if several files belong to one, the first counts.
 * Skips the own namespace and files that are not namespaces: all namespaces are on one device.
 */
export function distinctNamespaces(
  found: Iterable<FoundNamespace>,
  own: NamespaceId,
): ReadonlyMap<string, FoundNamespace> {
  const distinct = new Map<string, FoundNamespace>();
  for (const each of found) {
    const key = namespaceKey(each);
    if (each.dev !== own.dev || each.ino === own.ino || distinct.has(key)) continue;
    distinct.set(key, each);
  }
  return distinct;
}
