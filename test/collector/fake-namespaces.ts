import type { NamespaceFiles, NamespaceId } from '../../host/index.js';

/** Returns a system error as Node throws it. */
export function systemError(code: string, errno: number, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, errno: -errno, syscall });
}

/** Fake network namespaces: files by path, each with an inode number on the one nsfs device. */
export class FakeNamespaces implements NamespaceFiles {
  static readonly dev = 4;
  readonly files = new Map<string, number | Error>([['/proc/self/ns/net', 1]]);
  readonly openFiles = new Map<number, NamespaceId>();
  /** Paths that were checked. */
  looked: string[] = [];
  /** Error thrown when a folder is listed. */
  listError: Error | undefined;
  #fd = 100;

  stat = (path: string): NamespaceId => {
    this.looked.push(path);
    const ino = this.files.get(path);
    if (ino instanceof Error) throw ino;
    if (ino === undefined) throw systemError('ENOENT', 2, 'stat');
    // A negative number means another device.
    return ino < 0 ? { dev: 99, ino: -ino } : { dev: FakeNamespaces.dev, ino };
  };

  list = async (path: string): Promise<string[]> => {
    if (this.listError !== undefined) throw this.listError;
    const below = [...this.files.keys()].filter((each) => each.startsWith(`${path}/`));
    if (below.length === 0) throw systemError('ENOENT', 2, 'scandir');
    return [...new Set(below.map((each) => each.slice(path.length + 1).split('/')[0] ?? ''))];
  };

  open = (path: string): number => {
    const id = this.stat(path);
    this.openFiles.set(++this.#fd, id);
    return this.#fd;
  };

  statOpen = (fd: number): NamespaceId => {
    const id = this.openFiles.get(fd);
    if (id === undefined) throw systemError('EBADF', 9, 'fstat');
    return id;
  };

  close = (fd: number): void => {
    if (!this.openFiles.delete(fd)) throw systemError('EBADF', 9, 'close');
  };
}
