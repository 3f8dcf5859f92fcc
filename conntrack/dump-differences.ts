import type { Flow } from './flow.js';
import type { FlowPhase } from './phase.js';
import { type EndCause, isAnother, type TrackedFlows } from './tracked-flows.js';

/** Difference between a dump and the table that takes effect unless an event settles it before. */
interface Difference {
  /** Flow that the dump has; null if it has none. */
  readonly flow: Flow | null;
  /** Flow that the table has, to end; null if it has none. */
  readonly known: Flow | null;
  readonly cause: EndCause;
  readonly dueMs: number;
}

/** Comparison of dumps with the table of a tracker. */
export class DumpDifferences {
  /** Established flows of the running dump. */
  readonly #dumped = new Map<string, Flow>();
  /** Keys that were established when the running dump began. */
  #before = new Set<string>();
  /** Keys whose state an event said since the running dump began. */
  readonly #touched = new Set<string>();
  readonly #pending = new Map<string, Difference>();
  /** Earliest time at which a difference takes effect. */
  #nextMs = Number.POSITIVE_INFINITY;
  #isRunning = false;
  #cause: EndCause = 'vanished';

  constructor(
    private readonly flows: TrackedFlows,
    private readonly graceMs: number,
  ) {}

  /** Begins a dump. */
  begin(hasLost: boolean): void {
    this.#isRunning = true;
    this.#cause = hasLost ? 'lost' : 'vanished';
    this.#before = new Set(this.flows.keys());
    this.#dumped.clear();
    this.#touched.clear();
  }

  /** Takes a flow of the dump. */
  add(key: string, flow: Flow, phase: FlowPhase | undefined): void {
    if (phase === 'established') this.#dumped.set(key, flow);
  }

  /** Settles a key: an event said the state of its flow. */
  touch(key: string): void {
    if (this.#isRunning) this.#touched.add(key);
    this.#pending.delete(key);
  }

  /** Compares a complete dump with the table. */
  finish(nowMs: number, isReady: boolean): void {
    // What an earlier dump brought is out of date.
    this.#pending.clear();
    this.#addDumped(nowMs, isReady);
    for (const key of this.#before) {
      const known = this.flows.get(key);
      if (known === undefined || this.#touched.has(key) || this.#dumped.has(key)) continue;
      this.#await(key, { flow: null, known, cause: this.#cause, dueMs: nowMs + this.graceMs });
    }
    this.#end();
  }

  /** Compares a dump that is not complete with the table: only its flows count. */
  interrupt(nowMs: number, isReady: boolean): void {
    this.#addDumped(nowMs, isReady);
    this.#end();
  }

  /** Applies all differences whose time has come. */
  settle(nowMs: number): void {
    if (nowMs < this.#nextMs) return;
    this.#nextMs = Number.POSITIVE_INFINITY;
    for (const [key, { flow, known, cause, dueMs }] of this.#pending) {
      if (dueMs > nowMs) {
        this.#nextMs = Math.min(this.#nextMs, dueMs);
        continue;
      }
      this.#pending.delete(key);
      if (known !== null) this.flows.end(key, known, cause, nowMs);
      if (flow !== null) this.flows.establish(key, flow, 'resync', nowMs);
    }
  }

  #addDumped(nowMs: number, isReady: boolean): void {
    for (const [key, flow] of this.#dumped) {
      const known = this.flows.get(key);
      if (known !== undefined && !isAnother(known, flow)) {
        // An event knows the state better, and a dump counters, marks and times.
        this.flows.update(key, this.#touched.has(key) ? { ...flow, ...known } : flow);
        this.#pending.delete(key);
      } else if (!this.#touched.has(key)) {
        if (isReady) this.#await(key, { flow, known: known ?? null, cause: this.#cause, dueMs: nowMs + this.graceMs });
        else this.flows.establish(key, flow, 'start', nowMs);
      }
    }
  }

  #await(key: string, difference: Difference): void {
    this.#pending.set(key, difference);
    this.#nextMs = Math.min(this.#nextMs, difference.dueMs);
  }

  #end(): void {
    this.#isRunning = false;
    this.#before = new Set();
    this.#dumped.clear();
    this.#touched.clear();
  }
}
