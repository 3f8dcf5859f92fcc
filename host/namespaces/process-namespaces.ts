import { type NamespaceId, namespaceKey } from './namespace-list.js';

/** Maximum number of processes checked in one round. */
const LOOKS_PER_ROUND = 1024;
/** Rounds in which a young process is checked before others: a process enters its namespace soon after its start. */
const YOUNG_ROUNDS = 3;

interface KnownProcess {
  readonly id: NamespaceId | undefined;
  readonly looks: number;
}

/**
 * Network namespace in which each process was last seen. Limits the checks per round on a machine with many processes:
 * first young processes, then those whose last check is the longest ago. Pure: the caller does the checks.
 */
export class ProcessNamespaces {
  readonly #looksPerRound: number;
  /** Known processes, in the order of their last check. */
  readonly #known = new Map<number, KnownProcess>();

  /** @param looksPerRound most processes to check in one round */
  constructor(looksPerRound = LOOKS_PER_ROUND) {
    this.#looksPerRound = looksPerRound;
  }

  /**
   * Starts a round with the ids of all existing processes, and forgets all others.
   * @returns the processes to check
   */
  due(pids: readonly number[]): number[] {
    const living = new Set(pids);
    for (const pid of this.#known.keys()) if (!living.has(pid)) this.#known.delete(pid);
    const looks = (pid: number): number => this.#known.get(pid)?.looks ?? 0;
    // Processes never checked come first: at the start all are young.
    const young = pids.filter((pid) => looks(pid) < YOUNG_ROUNDS).sort((a, b) => looks(a) - looks(b));
    const due = young.slice(0, this.#looksPerRound);
    for (const pid of this.#known.keys()) {
      if (due.length >= this.#looksPerRound) break;
      if (looks(pid) >= YOUNG_ROUNDS) due.push(pid);
    }
    return due;
  }

  /** True when the last check of a process failed. */
  lookedInVain(pid: number): boolean {
    const known = this.#known.get(pid);
    return known !== undefined && known.id === undefined;
  }

  /** Notes the result of a check: the namespace of a process, or undefined when it is not known. */
  looked(pid: number, id: NamespaceId | undefined): void {
    const looks = (this.#known.get(pid)?.looks ?? 0) + 1;
    this.#known.delete(pid);
    this.#known.set(pid, { id, looks });
  }

  /** Returns every namespace that has processes, with its smallest process id, smallest first. */
  namespaces(): readonly (NamespaceId & { readonly pid: number })[] {
    const smallest = new Map<string, NamespaceId & { readonly pid: number }>();
    for (const [pid, { id }] of this.#known) {
      if (id === undefined) continue;
      const key = namespaceKey(id);
      if (pid < (smallest.get(key)?.pid ?? Number.POSITIVE_INFINITY)) smallest.set(key, { ...id, pid });
    }
    return [...smallest.values()].sort((a, b) => a.pid - b.pid);
  }
}
