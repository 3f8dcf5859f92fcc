import type { Flow } from '../index.js';

/** Most flows whose identities a {@link SeenFlows} keeps: 32 MiB. */
export const MAX_SEEN_FLOWS: number = 2 ** 22;
/** Identities in one array. */
const CHUNK = 2 ** 14;
/** Bits of a double that hold whole numbers, behind those of an id. */
const ENDS_BITS = 21;

/**
 * Flows that a listing has returned. Until it is asked whether it has one, it keeps eight bytes of each: the id, which
 * is a hash of 32 bits that the kernel makes of the flow, and 21 bits of ports, protocol and zone. So the chance that one
 * of 262,144 flows is taken for another is one in 250,000, and only where a dump is repeated.
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

  /** Adds a flow. */
  add(flow: Flow): void {
    if (this.#set !== undefined) {
      this.#set.add(identityOf(flow));
      return;
    }
    if (this.#count === this.#max) {
      this.#isFull = true;
      return;
    }
    const at = this.#count++ % CHUNK;
    if (at === 0) this.#chunks.push(new Float64Array(CHUNK));
    const chunk = this.#chunks.at(-1);
    if (chunk !== undefined) chunk[at] = identityOf(flow);
  }

  /** Adds a flow, and returns whether it is a new one. */
  take(flow: Flow): boolean {
    this.#set ??= this.#intoSet();
    const before = this.#set.size;
    return this.#set.add(identityOf(flow)).size > before;
  }

  #intoSet(): Set<number> {
    const set = new Set<number>();
    for (const [i, chunk] of this.#chunks.splice(0).entries()) {
      for (const identity of chunk.subarray(0, this.#count - i * CHUNK)) set.add(identity);
    }
    return set;
  }
}

/** A later flow with the same ends has another id. */
function identityOf({ id = 0, zone = 0, orig: { protocol, sport = 0, dport = 0, icmpId = 0 } }: Flow): number {
  let hash = Math.imul(((sport ^ icmpId) << 16) | dport, 0x9e37_79b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ (protocol << 16) ^ zone, 0x85eb_ca6b);
  return id * 2 ** ENDS_BITS + (hash >>> (32 - ENDS_BITS));
}
