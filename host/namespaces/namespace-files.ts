import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { NamespaceId } from './namespace-list.js';

/** File operations on network namespace files. All but `close` may throw a system error. */
export interface NamespaceFiles {
  /** Returns device and inode of a file. Never waits for a disk: the file is in /proc or in a folder in memory. */
  readonly stat: (path: string) => NamespaceId;
  /** Lists the names in a folder. */
  readonly list: (path: string) => Promise<readonly string[]>;
  /** Opens a file. */
  readonly open: (path: string) => number;
  /** Returns device and inode of an open file. */
  readonly statOpen: (fd: number) => NamespaceId;
  readonly close: (fd: number) => void;
}

/** File operations of the system. */
export const SYSTEM_FILES: NamespaceFiles = {
  stat: (path) => statSync(path),
  list: (path) => readdir(path),
  // Non-blocking: if the file is a pipe, open() must not wait for a writer.
  open: (path) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
  statOpen: (fd) => fstatSync(fd),
  close: (fd) => closeSync(fd),
};
