/** Mount of the cgroup v2 hierarchy. */
export interface CgroupMount {
  readonly path: string;
  /** Folder of the hierarchy that is mounted; `/` for all of it. */
  readonly root: string;
}

/**
 * Finds the mount of cgroup v2 in the text of `/proc/self/mountinfo`, also beside version 1 (`…/unified`). The one that
 * shows most of the hierarchy counts.
 */
export function findCgroupMount(mountinfo: string): CgroupMount | undefined {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    // ID PARENT DEVICE ROOT PATH OPTIONS [FIELDS…] - TYPE SOURCE OPTIONS
    const [own = '', other = ''] = line.split(' - ', 2);
    const [, , , root = '', path = ''] = own.split(' ');
    return other.startsWith('cgroup2 ') && path.startsWith('/')
      ? [{ path: unescapePath(path), root: unescapePath(root) }]
      : [];
  });
  // A root like `/..` is outside of this cgroup namespace.
  const known = mounts.map((mount) => (mount.root.startsWith('/..') ? { ...mount, root: '/' } : mount));
  return known.sort((a, b) => a.root.length - b.root.length)[0];
}

/** Returns the path in the hierarchy of a path below the mount. */
export function pathInHierarchy(mount: CgroupMount, path: string): string {
  if (mount.root === '/') return path;
  return path === '/' ? mount.root : `${mount.root}${path}`;
}

/** Decodes blanks and backslashes, which mountinfo has as `\040`. */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
