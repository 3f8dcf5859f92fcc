import { isAbsolute, resolve } from 'node:path';

/** Which network namespaces to record beside the own one: one by name, file or process, or all that can be found. */
export type NamespaceTarget =
  | { readonly kind: 'all' }
  | { readonly kind: 'name'; readonly name: string }
  /** `path` is absolute. */
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'pid'; readonly pid: number };

/** Where the names of `ip netns` and of Docker lie, the former first: a namespace in both is called by it. */
export const NAMESPACE_FOLDERS = ['/run/netns', '/run/docker/netns'] as const;

/** What tells living network namespaces apart: device and inode number of their files. */
export interface NamespaceId {
  readonly dev: number;
  readonly ino: number;
}

/** A network namespace that was found, by one of its files. */
export interface FoundNamespace extends NamespaceId {
  readonly name: string;
  readonly path: string;
}

/**
 * Reads `NAME`, `PATH` (it has a slash), `PID` (digits) or `all`; undefined when it is none of them.
 * @param cwd what a relative path begins at
 */
export function parseNamespaceTarget(text: string, cwd: string): NamespaceTarget | undefined {
  if (text === '' || text === '.' || text === '..' || text.includes('\0')) return undefined;
  if (text === 'all') return { kind: 'all' };
  if (text.includes('/')) return { kind: 'path', path: isAbsolute(text) ? text : resolve(cwd, text) };
  if (!/^\d+$/.test(text)) return { kind: 'name', name: text };
  const pid = Number(text);
  return pid >= 1 && pid <= 0x7fffffff ? { kind: 'pid', pid } : undefined;
}

/** Where a target's file is looked for, in this order, and what is found there is called. */
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

/** How a process' namespace is called, and its file. */
export function processCandidate(pid: number): { readonly name: string; readonly path: string } {
  return { name: `pid:${pid}`, path: `/proc/${pid}/ns/net` };
}

/** How a target was given. */
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

/** One string for each namespace. */
export function namespaceKey({ dev, ino }: NamespaceId): string {
  return `${dev}:${ino}`;
}

/**
 * The namespaces among what was found, each once, by {@link namespaceKey}: of several files of one the first counts. The
 * own one is not among them, nor is what is no namespace: all of those are on one device.
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
