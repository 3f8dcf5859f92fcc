import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { NamespaceId } from './namespace-list.js';

/** What the files of network namespaces are looked at with. All but `close` may fail with a system error. */
export interface NamespaceFiles {
  /** Device and inode of a file. Never waits for a disk: it is of /proc, or of a folder in memory. */
  readonly stat: (path: string) => NamespaceId;
  /** What is in a folder. */
  readonly list: (path: string) => Promise<readonly string[]>;
  /** Opens a file. */
  readonly open: (path: string) => number;
  /** Device and inode of a file that is open. */
  readonly statOpen: (fd: number) => NamespaceId;
  readonly close: (fd: number) => void;
}

/** The system's. */
export const SYSTEM_FILES: NamespaceFiles = {
  stat: (path) => statSync(path),
  list: (path) => readdir(path),
  // Without waiting for a writer, should it be a pipe.
  open: (path) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
  statOpen: (fd) => fstatSync(fd),
  close: (fd) => closeSync(fd),
};
