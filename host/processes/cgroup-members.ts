import type { CgroupFinder } from './cgroup-finder.js';

/** Cgroups whose processes are read at once. */
const PER_TURN = 4;
/** Most processes of a cgroup that are likely holders: in a larger one a holder is not easier to find. */
const MAX_LIKELY = 64;
/** Time until the processes of a cgroup are read again, in milliseconds. */
const AGAIN_MS = 1000;
const LARGE_AGAIN_MS = 30_000;
/** Known cgroups from which on those that could be read again are forgotten. */
const MAX_KNOWN = 4096;

/** Processes of the cgroups of wanted sockets, each read once in a while. */
export class LikelyMembers {
  readonly #finder: Pick<CgroupFinder, 'members'>;
  readonly #againMs = new Map<bigint, number>();

  constructor(finder: Pick<CgroupFinder, 'members'>) {
    this.#finder = finder;
  }

  /** Returns the processes of some cgroups, if those are small and have not been read lately. */
  async of(ids: Iterable<bigint | undefined>, nowMs: number): Promise<readonly number[]> {
    if (this.#againMs.size > MAX_KNOWN) this.#forget(nowMs);
    const likely: number[] = [];
    let read = 0;
    for (const id of new Set(ids)) {
      if (id === undefined || read >= PER_TURN || nowMs < (this.#againMs.get(id) ?? 0)) continue;
      read++;
      const members = await this.#finder.members(id);
      const isLarge = members.length > MAX_LIKELY;
      this.#againMs.set(id, nowMs + (isLarge ? LARGE_AGAIN_MS : AGAIN_MS));
      if (!isLarge) likely.push(...members);
    }
    return likely;
  }

  #forget(nowMs: number): void {
    for (const [id, againMs] of this.#againMs) if (againMs <= nowMs) this.#againMs.delete(id);
  }
}
