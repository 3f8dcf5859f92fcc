import type { Flow } from '../../conntrack/index.js';
import { type FlowRow, flowRow } from '../../fields/index.js';
import { compareValues, type SortKey, type SortValue, StepSorter } from '../answers/index.js';
import type { Pacer } from './pacer.js';

/** Flow, and what it is sorted by. */
interface SortedFlow {
  readonly flow: Flow;
  readonly values: readonly SortValue[];
  /** Place in the table: of equal flows the first comes first. */
  readonly place: number;
}

/** Sorter that keeps the first flows in an order, and some more on the way. */
export class FlowSorter {
  readonly #keys: readonly SortKey<FlowRow>[];
  readonly #sorter: StepSorter<SortedFlow>;
  #added = 0;

  /** @param most number of flows that are wanted */
  constructor(keys: readonly SortKey<FlowRow>[], most: number) {
    this.#keys = keys;
    this.#sorter = new StepSorter<SortedFlow>((a, b) => this.#compare(a, b), most);
  }

  async add(flows: readonly Flow[], isLocal: (address: string) => boolean, pacer: Pacer): Promise<void> {
    for (const flow of flows) {
      const row = flowRow(flow, isLocal);
      const values = this.#keys.map((key) => key.read(row));
      if (this.#sorter.add({ flow, values, place: this.#added++ })) await pacer.run(this.#sorter.tidy());
    }
  }

  /** Returns the first flows in order. */
  async first(pacer: Pacer): Promise<readonly Flow[]> {
    return (await pacer.run(this.#sorter.first())).map(({ flow }) => flow);
  }

  #compare(a: SortedFlow, b: SortedFlow): number {
    for (const [i, { isDescending }] of this.#keys.entries()) {
      const order = compareValues(a.values[i], b.values[i], isDescending);
      if (order !== 0) return order;
    }
    return a.place - b.place;
  }
}
