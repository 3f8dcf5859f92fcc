import type { Writable } from 'node:stream';
import { AddonError, netlink } from '../../native/index.js';

/** Time between two looks at the output, milliseconds. */
const LOOK_MS = 200;

/** Watch over the reader of an output. */
export interface ReaderWatch {
  /** Ends the watch. */
  stop(): void;
}

/**
 * Calls a function once when the reader of a pipe or socket has gone, such as `head`, also while nothing is written. A
 * program that writes only when something happens would otherwise go on without a reader. It does not keep the process
 * alive, and looks at nothing but streams with a file descriptor.
 * @param hasReader replaced in tests
 */
export function watchReader(
  stream: Writable,
  onGone: () => void,
  hasReader: (fd: number) => boolean = netlink.hasReader,
): ReaderWatch {
  const { fd } = stream as { readonly fd?: unknown };
  if (typeof fd !== 'number') return { stop: () => undefined };
  const timer = setInterval(() => {
    if (isRead(fd, hasReader)) return;
    clearInterval(timer);
    onGone();
  }, LOOK_MS).unref();
  return { stop: () => clearInterval(timer) };
}

function isRead(fd: number, hasReader: (fd: number) => boolean): boolean {
  try {
    return hasReader(fd);
  } catch (error) {
    // Without the addon the next write notices it.
    if (error instanceof AddonError) return true;
    throw error;
  }
}
