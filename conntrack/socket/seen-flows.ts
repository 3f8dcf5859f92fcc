/** Most flows whose identities a {@link SeenFlows} keeps: 32 MiB. */
export const MAX_SEEN_FLOWS: number = 2 ** 22;
/** Identities in one array. */
const CHUNK = 2 ** 14;

/**
 * Flows that a listing has returned. Until it is asked whether it has one, it keeps eight bytes of each: the identity that
 * `FlowIdentityReader` returns. So the chance that one of 262,144 flows is taken for another is one in 250,000, and only
 * where a dump is repeated.
 */
export class SeenFlows {
  readonly #max: number;
  readonly #chunks: Float64Array[] = [];
  #count = 0;
  #set: Set<number> | undefined;
  #isFull = false;

  /** @param max most flows that are kept before the first question */
  constructor(max: number = MAX_SEEN_FLOWS) {
    this.#max = max;
  }

  /** True if there were more flows than are kept: then {@link take} would return some of them again. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Adds the identity of a flow. */
  add(identity: number): void {
    if (this.#set !== undefined) {
      this.#set.add(identity);
      return;
    }
    if (this.#count === this.#max) {
      this.#isFull = true;
      return;
    }
    const at = this.#count++ % CHUNK;
    if (at === 0) this.#chunks.push(new Float64Array(CHUNK));
    const chunk = this.#chunks.at(-1);
    if (chunk !== undefined) chunk[at] = identity;
  }

  /** Adds the identities of flows. */
  addAll(identities: Float64Array): void {
    for (const identity of identities) this.add(identity);
  }

  /** Adds the identity of a flow, and returns whether it is a new one. */
  take(identity: number): boolean {
    this.#set ??= this.#intoSet();
    const before = this.#set.size;
    return this.#set.add(identity).size > before;
  }

  #intoSet(): Set<number> {
    const set = new Set<number>();
    for (const [i, chunk] of this.#chunks.splice(0).entries()) {
      for (const identity of chunk.subarray(0, this.#count - i * CHUNK)) set.add(identity);
    }
    return set;
  }
}
