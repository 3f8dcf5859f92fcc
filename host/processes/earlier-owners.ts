import type { WantedSocket } from './types.js';

/** Most keys: beyond it the oldest are forgotten. */
const MAX_KEYS = 4096;
/** Most processes of a key. With more of them a holder is not easier to find, and none is a candidate. */
const MAX_PIDS = 8;
const NONE: readonly number[] = [];
/** Value of a key with too many processes. */
const TOO_MANY: readonly number[] = [];

/**
 * Processes that held sockets like a wanted one: with its local port, as a listener and the connections that it took
 * have, or with its cgroup and user.
 */
export class EarlierOwners {
  readonly #pids = new Map<string, readonly number[]>();

  /** Notes the process of a socket. */
  note(socket: WantedSocket, pid: number): void {
    this.#noteKey(portKey(socket), pid);
    this.#noteKey(groupKey(socket), pid);
  }

  /** Returns processes that may hold a socket, the likeliest first. A process may occur twice. */
  candidates(socket: WantedSocket): readonly number[] {
    return [...(this.#pids.get(portKey(socket)) ?? NONE), ...(this.#pids.get(groupKey(socket)) ?? NONE)];
  }

  #noteKey(key: string, pid: number): void {
    const before = this.#pids.get(key);
    if (before?.[0] === pid || before === TOO_MANY) return;
    const now = [pid, ...(before ?? NONE).filter((each) => each !== pid)];
    this.#pids.delete(key);
    this.#pids.set(key, now.length > MAX_PIDS ? TOO_MANY : now);
    if (this.#pids.size <= MAX_KEYS) return;
    for (const oldest of this.#pids.keys()) {
      this.#pids.delete(oldest);
      return;
    }
  }
}

function portKey({ netnsInode, localPort }: WantedSocket): string {
  return `${netnsInode ?? ''}:${localPort}`;
}

function groupKey({ cgroupId, uid }: WantedSocket): string {
  return `${cgroupId ?? ''}/${uid}`;
}
