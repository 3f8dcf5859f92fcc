import { type NamespaceId, namespaceKey } from './namespace-list.js';

/** Processes that are looked at in one round, at most. */
const LOOKS_PER_ROUND = 1024;
/** A process enters its namespace soon after its start: it is looked at in as many rounds, before others. */
const YOUNG_ROUNDS = 3;

interface KnownProcess {
  readonly id: NamespaceId | undefined;
  readonly looks: number;
}

/**
 * In which network namespace each process was last seen. On a machine with many processes not all of them are looked at
 * in each round: young ones are, and of the others those whose last look is the longest ago. Pure: who looks is told.
 */
export class ProcessNamespaces {
  readonly #looksPerRound: number;
  /** In the order of the last look. */
  readonly #known = new Map<number, KnownProcess>();

  /** @param looksPerRound processes that are looked at in one round, at most */
  constructor(looksPerRound = LOOKS_PER_ROUND) {
    this.#looksPerRound = looksPerRound;
  }

  /**
   * Begins a round with all processes that there are. Those that are not among them are forgotten.
   * @returns whom to look at
   */
  due(pids: readonly number[]): number[] {
    const living = new Set(pids);
    for (const pid of this.#known.keys()) if (!living.has(pid)) this.#known.delete(pid);
    const looks = (pid: number): number => this.#known.get(pid)?.looks ?? 0;
    // Who was not looked at yet comes first: at the start everybody is young.
    const young = pids.filter((pid) => looks(pid) < YOUNG_ROUNDS).sort((a, b) => looks(a) - looks(b));
    const due = young.slice(0, this.#looksPerRound);
    for (const pid of this.#known.keys()) {
      if (due.length >= this.#looksPerRound) break;
      if (looks(pid) >= YOUNG_ROUNDS) due.push(pid);
    }
    return due;
  }

  /** Whether a process that lives still was looked at in vain the last time. */
  lookedInVain(pid: number): boolean {
    const known = this.#known.get(pid);
    return known !== undefined && known.id === undefined;
  }

  /** A process was looked at: where it is, or undefined when that is not known. */
  looked(pid: number, id: NamespaceId | undefined): void {
    const looks = (this.#known.get(pid)?.looks ?? 0) + 1;
    this.#known.delete(pid);
    this.#known.set(pid, { id, looks });
  }

  /** Every namespace that has processes, each with the smallest process id in it, smallest first. */
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
