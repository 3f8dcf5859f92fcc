import type { ProcessSurvey } from '../../native/index.js';
import type { ProcessTable } from './process-table.js';

/** Processes of a survey in the order in which to read them. */
export interface SweepOrder {
  /** Processes that are new or whose number of descriptors has changed. */
  readonly changed: readonly number[];
  /** All others: the one whose last read is the longest ago comes first, then those that may not be read. */
  readonly rest: readonly number[];
}

/** Orders the processes of a survey. */
export function orderProcesses(
  { pids, descriptors }: Pick<ProcessSurvey, 'pids' | 'descriptors'>,
  table: ProcessTable,
): SweepOrder {
  const changed: number[] = [];
  const rest: number[] = [];
  // Before Linux 6.2 no process has a number, and nothing is known of changes.
  const counts = descriptors.some((count) => count > 0);
  for (const [at, pid] of pids.entries()) {
    const known = table.get(pid);
    const isChanged = known === undefined || (counts && !known.refused && known.descriptors !== descriptors[at]);
    (isChanged ? changed : rest).push(pid);
  }
  const rank = (pid: number): number => {
    const known = table.get(pid);
    if (known === undefined) return 0;
    return known.refused ? Number.POSITIVE_INFINITY : known.order;
  };
  const ranks = new Map(rest.map((pid) => [pid, rank(pid)]));
  const compare = (a: number, b: number): number => Number(a > b) - Number(a < b);
  rest.sort((a, b) => compare(ranks.get(a) ?? 0, ranks.get(b) ?? 0));
  return { changed, rest };
}

/** A read of all processes, after which a socket without a holder has none. */
export class Sweep {
  /** Number of its begin in the order of all that happens. */
  readonly order: number;
  #queue: readonly number[];
  #at = 0;
  #isComplete = true;

  constructor(order: number, pids: readonly number[]) {
    this.order = order;
    this.#queue = pids;
  }

  /** True when every process has been read. */
  get isDone(): boolean {
    return this.#at >= this.#queue.length;
  }

  /** False when some process could not be read for another reason than its end or a missing permission. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Appends the next processes to a batch of at most `limit`. Those read since the begin are left out. */
  fill(batch: Set<number>, table: ProcessTable, limit: number): void {
    while (batch.size < limit && this.#at < this.#queue.length) {
      const pid = this.#queue[this.#at++] ?? 0;
      if ((table.get(pid)?.order ?? -1) < this.order) batch.add(pid);
    }
  }

  /** Takes back processes of a batch that were not read. */
  giveBack(pids: Iterable<number>): void {
    this.#queue = [...pids, ...this.#queue.slice(this.#at)];
    this.#at = 0;
  }

  /** Notes a process that could not be read. */
  fail(): void {
    this.#isComplete = false;
  }
}
