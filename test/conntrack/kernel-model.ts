import { type Flow, type FlowEvent, type FlowTracker, flowKey } from '../../conntrack/index.js';
import { AF_INET } from '../../netlink/index.js';

/** State of a TCP flow in the model. */
const SYN_SENT = 1;
const ESTABLISHED = 3;
const FIN_WAIT = 4;
const TIME_WAIT = 7;

interface ModelFlow {
  readonly id: number;
  state: number;
}

/** Returns a message about a flow of one of the model's tuples. */
export function flowOf(tuple: number, id: number, state?: number): Flow {
  const [here, there] = ['192.0.2.1', '192.0.2.2'];
  return {
    family: AF_INET,
    id,
    orig: { protocol: 6, src: here, sport: 1000 + tuple, dst: there, dport: 80 },
    reply: { protocol: 6, src: there, sport: 80, dst: here, dport: 1000 + tuple },
    status: 0x8,
    ...(state === undefined ? {} : { tcp: { state } }),
  };
}

/** Step of a run: a change of one of the kernel's flows, or an action of the reader. */
export type Step =
  | { readonly kind: 'open' | 'establish' | 'finish' | 'close' | 'destroy' | 'mark'; readonly tuple: number }
  | { readonly kind: 'read'; readonly count: number }
  | { readonly kind: 'begin' | 'half' | 'end' | 'interrupt' }
  | { readonly kind: 'wait'; readonly ms: number };

/** The kernel's table with a socket of limited size, and a tracker that reads them. */
export class KernelModel {
  readonly #table = new Map<number, ModelFlow>();
  #queue: FlowEvent[] = [];
  #isDropping = false;
  #lost = 0;
  #nextId = 1;
  #dumpedBuckets = 0;
  #isDumping = false;
  nowMs = 0;
  /** Number of flows that became established. */
  established = 0;
  /** Number of events that the socket lost. */
  lostInAll = 0;

  constructor(
    private readonly tracker: FlowTracker,
    private readonly capacity: number,
    private readonly tuples: number,
  ) {}

  /** Keys of all flows that are established. */
  get truth(): string[] {
    const alive = [...this.#table].filter(([, { state }]) => state === ESTABLISHED || state === FIN_WAIT);
    return alive.map(([tuple, { id }]) => `${flowKey(flowOf(tuple, id))} #${id}`).sort();
  }

  step(step: Step): void {
    switch (step.kind) {
      case 'wait':
        this.nowMs += step.ms;
        break;
      case 'read':
        this.#read(step.count);
        break;
      case 'begin':
        if (this.#isDumping || this.nowMs < (this.tracker.dumpDueAt ?? 0)) break;
        this.#read(Number.POSITIVE_INFINITY);
        if (this.nowMs >= (this.tracker.dumpDueAt ?? 0)) this.#begin();
        break;
      case 'half':
        this.#dump(this.#dumpedBuckets + Math.ceil(this.tuples / 2));
        break;
      case 'end':
        this.#dump(this.tuples);
        if (this.#isDumping) this.tracker.finishDump(this.nowMs);
        this.#isDumping = false;
        break;
      case 'interrupt':
        if (this.#isDumping) this.tracker.interruptDump(this.nowMs);
        this.#isDumping = false;
        break;
      default:
        this.#change(step.kind, step.tuple);
    }
  }

  /** Lets the reader do all that is due, until the tracker asks for nothing. */
  settle(): void {
    for (let round = 0; round < 4; round++) {
      this.step({ kind: 'end' });
      this.nowMs += 60_000;
      this.#read(Number.POSITIVE_INFINITY);
      this.nowMs += 60_000;
      this.step({ kind: 'begin' });
      this.step({ kind: 'end' });
    }
    this.nowMs += 60_000;
    this.tracker.settle(this.nowMs);
  }

  #change(kind: string, tuple: number): void {
    const flow = this.#table.get(tuple);
    if (kind === 'open' && flow === undefined) {
      const opened = { id: this.#nextId++, state: SYN_SENT };
      this.#table.set(tuple, opened);
      this.#send('new', tuple, opened);
    }
    if (flow === undefined) return;
    if (kind === 'establish' && flow.state === SYN_SENT) {
      this.established++;
      this.#enter(tuple, flow, ESTABLISHED);
    } else if (kind === 'finish' && flow.state === ESTABLISHED) {
      this.#enter(tuple, flow, FIN_WAIT);
    } else if (kind === 'close' && (flow.state === ESTABLISHED || flow.state === FIN_WAIT)) {
      this.#enter(tuple, flow, TIME_WAIT);
    } else if (kind === 'mark') {
      this.#push({ kind: 'update', flow: flowOf(tuple, flow.id), portId: 0 });
    } else if (kind === 'destroy') {
      this.#table.delete(tuple);
      this.#send('destroy', tuple, flow);
    }
  }

  #enter(tuple: number, flow: ModelFlow, state: number): void {
    flow.state = state;
    this.#send('update', tuple, flow);
  }

  #send(kind: FlowEvent['kind'], tuple: number, { id, state }: ModelFlow): void {
    this.#push({ kind, flow: flowOf(tuple, id, state), portId: 0 });
  }

  /** Until the queue is empty, everything after the first lost event is lost. */
  #push(event: FlowEvent): void {
    if (this.#queue.length >= this.capacity) this.#isDropping = true;
    if (!this.#isDropping) this.#queue.push(event);
    else {
      this.#lost++;
      this.lostInAll++;
    }
  }

  #read(count: number): void {
    if (this.#lost > 0) {
      this.tracker.takeLoss(this.#lost, this.nowMs);
      this.#lost = 0;
    }
    for (const event of this.#queue.splice(0, Math.min(count, this.#queue.length)))
      this.tracker.takeEvent(event, this.nowMs);
    if (this.#queue.length === 0) this.#isDropping = false;
  }

  #begin(): void {
    this.#isDumping = true;
    this.#dumpedBuckets = 0;
    this.tracker.beginDump(this.nowMs);
  }

  #dump(end: number): void {
    if (!this.#isDumping) return;
    for (; this.#dumpedBuckets < Math.min(end, this.tuples); this.#dumpedBuckets++) {
      const flow = this.#table.get(this.#dumpedBuckets);
      if (flow !== undefined) this.tracker.takeDumped(flowOf(this.#dumpedBuckets, flow.id, flow.state));
    }
  }
}
