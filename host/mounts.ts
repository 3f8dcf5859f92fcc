/** File system that holds a folder. */
export interface FileSystem {
  /** Type as in mount(8), e.g. `ext4`. */
  readonly type: string;
  readonly mountPoint: string;
}

/**
 * Finds the file system of a path without symbolic links in `/proc/PID/mountinfo` (proc_pid_mountinfo(5)): the longest
 * mount point that contains the path, and the last one of several. Empty when the text names no such mount point.
 */
export function fileSystemOf(path: string, mountinfo: string): Partial<FileSystem> {
  let best: FileSystem | undefined;
  for (const line of mountinfo.split('\n')) {
    // id parent major:minor root mount-point options [optional fields…] - type source super-options
    const [before = '', after = ''] = line.split(' - ', 2);
    const mountPoint = unescapeOctal(before.split(' ')[4] ?? '');
    const type = after.split(' ')[0] ?? '';
    if (mountPoint === '' || type === '' || !isWithin(path, mountPoint)) continue;
    if (best === undefined || mountPoint.length >= best.mountPoint.length) best = { type, mountPoint };
  }
  return best ?? {};
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

/** Decodes octal escapes, which stand for space, tab, newline and backslash. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
