const NO_PIDS: readonly number[] = [];
const NO_INODES = new Uint32Array();

/** Change of a process's sockets between two reads. */
export interface HolderChange {
  readonly added: readonly number[];
  readonly removed: readonly number[];
}

const NO_CHANGE: HolderChange = { added: NO_PIDS, removed: NO_PIDS };

/** Index of the sockets that processes hold, in both directions. */
export class HolderIndex {
  readonly #limit: number;
  readonly #inodesOf = new Map<number, Uint32Array>();
  readonly #pidsOf = new Map<number, readonly number[]>();
  /** Sockets of each process that were forgotten since its last read. */
  readonly #endedOf = new Map<number, Set<number>>();

  /** @param limit number of sockets from which only wanted ones are added */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of known sockets. */
  get size(): number {
    return this.#pidsOf.size;
  }

  /** Returns the processes that hold a socket. */
  holders(inode: number): readonly number[] {
    return this.#pidsOf.get(inode) ?? NO_PIDS;
  }

  /** Replaces the sockets of a process. */
  replace(pid: number, inodes: Uint32Array, isWanted: (inode: number) => boolean): HolderChange {
    const previous = this.#inodesOf.get(pid) ?? NO_INODES;
    const ended = this.#endedOf.get(pid);
    // An ended socket that is still there is another one of the same number.
    if (ended === undefined && areEqual(previous, inodes)) return NO_CHANGE;
    this.#endedOf.delete(pid);
    const before = new Set(previous);
    for (const inode of ended ?? NO_PIDS) before.delete(inode);
    const kept = this.#pidsOf.size + inodes.length <= this.#limit ? inodes : inodes.filter(isWanted);
    const now = new Set(kept);
    before.delete(0);
    now.delete(0);
    const removed = [...before].filter((inode) => !now.has(inode));
    const added = [...now].filter((inode) => !before.has(inode));
    for (const inode of removed) this.#remove(inode, pid);
    for (const inode of added) this.#pidsOf.set(inode, [...this.holders(inode), pid]);
    if (kept.length === 0) this.#inodesOf.delete(pid);
    else this.#inodesOf.set(pid, kept);
    return { added, removed };
  }

  /** Forgets a process. Returns the sockets that it held. */
  forget(pid: number): readonly number[] {
    return this.replace(pid, NO_INODES, () => false).removed;
  }

  /** Forgets a socket, whose number may be used again. Takes no longer for processes with many sockets. */
  forgetSocket(inode: number): void {
    for (const pid of this.holders(inode)) {
      const ended = this.#endedOf.get(pid);
      if (ended === undefined) this.#endedOf.set(pid, new Set([inode]));
      else ended.add(inode);
    }
    this.#pidsOf.delete(inode);
  }

  #remove(inode: number, pid: number): void {
    const rest = this.holders(inode).filter((each) => each !== pid);
    if (rest.length === 0) this.#pidsOf.delete(inode);
    else this.#pidsOf.set(inode, rest);
  }
}

function areEqual(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
