import type { TcpSegment } from './segment.js';

/** Four ends of a connection, of which `a` sent the first segment seen. Words as in {@link TcpSegment}. */
export class FlowEnds {
  readonly a0: number;
  readonly a1: number;
  readonly a2: number;
  readonly a3: number;
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly b3: number;
  readonly portA: number;
  readonly portB: number;
  readonly hash: number;
  /** The next flow in its bucket of a {@link FlowTable}. */
  chained: FlowEnds | null = null;
  /** Neighbours by last activity in a {@link FlowTable}. */
  older: FlowEnds | null = null;
  younger: FlowEnds | null = null;

  constructor(segment: TcpSegment, hash: number) {
    this.a0 = segment.source0;
    this.a1 = segment.source1;
    this.a2 = segment.source2;
    this.a3 = segment.source3;
    this.b0 = segment.destination0;
    this.b1 = segment.destination1;
    this.b2 = segment.destination2;
    this.b3 = segment.destination3;
    this.portA = segment.sourcePort;
    this.portB = segment.destinationPort;
    this.hash = hash;
  }

  /** Returns whether end `a` sent a segment of this flow. */
  isFromA(segment: TcpSegment): boolean {
    return (
      segment.source3 === this.a3 &&
      segment.sourcePort === this.portA &&
      segment.destination3 === this.b3 &&
      segment.destinationPort === this.portB &&
      segment.source0 === this.a0 &&
      segment.source1 === this.a1 &&
      segment.source2 === this.a2 &&
      segment.destination0 === this.b0 &&
      segment.destination1 === this.b1 &&
      segment.destination2 === this.b2
    );
  }

  /** Returns whether end `b` sent a segment of this flow. */
  isFromB(segment: TcpSegment): boolean {
    return (
      segment.source3 === this.b3 &&
      segment.sourcePort === this.portB &&
      segment.destination3 === this.a3 &&
      segment.destinationPort === this.portA &&
      segment.source0 === this.b0 &&
      segment.source1 === this.b1 &&
      segment.source2 === this.b2 &&
      segment.destination0 === this.a0 &&
      segment.destination1 === this.a1 &&
      segment.destination2 === this.a2
    );
  }
}

const FIRST_BUCKETS = 256;

/** Flows by their four ends, in whichever direction a segment goes, and by last activity. */
export class FlowTable<F extends FlowEnds> {
  #buckets: (FlowEnds | null)[] = new Array(FIRST_BUCKETS).fill(null);
  #oldest: FlowEnds | null = null;
  #youngest: FlowEnds | null = null;
  readonly #seed: number;
  size = 0;

  /** @param seed Any number that senders do not know, so that they cannot choose ends that share a bucket. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /** Returns the hash of a segment's ends, the same for both directions. */
  hash(segment: TcpSegment): number {
    const seed = this.#seed;
    return (
      hashEnd(seed, segment.source0, segment.source1, segment.source2, segment.source3, segment.sourcePort) ^
      hashEnd(
        seed,
        segment.destination0,
        segment.destination1,
        segment.destination2,
        segment.destination3,
        segment.destinationPort,
      )
    );
  }

  /** Returns the flow of a segment. */
  find(segment: TcpSegment, hash: number): F | null {
    let flow = this.#buckets[hash & (this.#buckets.length - 1)] ?? null;
    while (flow !== null) {
      if (flow.hash === hash && (flow.isFromA(segment) || flow.isFromB(segment))) return flow as F;
      flow = flow.chained;
    }
    return null;
  }

  /** Adds a flow as the one that was active last. */
  add(flow: F): void {
    if (this.size >= this.#buckets.length) this.#grow();
    this.#chain(flow);
    this.#append(flow);
    this.size++;
  }

  /** Removes a flow that is in the table. */
  remove(flow: F): void {
    const at = flow.hash & (this.#buckets.length - 1);
    let before: FlowEnds | null = null;
    let each = this.#buckets[at] ?? null;
    while (each !== null && each !== flow) {
      before = each;
      each = each.chained;
    }
    if (each === null) return;
    if (before === null) this.#buckets[at] = flow.chained;
    else before.chained = flow.chained;
    flow.chained = null;
    this.#detach(flow);
    this.size--;
  }

  /** Marks a flow as the one that was active last. */
  touch(flow: F): void {
    if (this.#youngest === flow) return;
    this.#detach(flow);
    this.#append(flow);
  }

  /** Returns the flow whose activity is longest ago. */
  oldest(): F | null {
    return this.#oldest as F | null;
  }

  #chain(flow: FlowEnds): void {
    const at = flow.hash & (this.#buckets.length - 1);
    flow.chained = this.#buckets[at] ?? null;
    this.#buckets[at] = flow;
  }

  #grow(): void {
    this.#buckets = new Array(4 * this.#buckets.length).fill(null);
    for (let flow = this.#oldest; flow !== null; flow = flow.younger) this.#chain(flow);
  }

  #append(flow: FlowEnds): void {
    flow.older = this.#youngest;
    flow.younger = null;
    if (this.#youngest === null) this.#oldest = flow;
    else this.#youngest.younger = flow;
    this.#youngest = flow;
  }

  #detach(flow: FlowEnds): void {
    if (flow.older === null) this.#oldest = flow.younger;
    else flow.older.younger = flow.younger;
    if (flow.younger === null) this.#youngest = flow.older;
    else flow.younger.older = flow.older;
  }
}

function hashEnd(seed: number, w0: number, w1: number, w2: number, w3: number, port: number): number {
  let hash = mix(seed, w3);
  hash = mix(hash, port);
  hash = mix(hash, w2);
  hash = mix(hash, w1);
  return mix(hash, w0);
}

/** One step of MurmurHash3's 32-bit mixing. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
