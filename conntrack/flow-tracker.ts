import { DumpDifferences } from './dump-differences.js';
import type { Flow } from './flow.js';
import type { FlowEvent } from './message.js';
import { flowPhase } from './phase.js';
import { type EndCause, TrackedFlows, type TrackerChange, type TrackerLimits } from './tracked-flows.js';
import { tupleKey } from './tuple.js';

/** Options of {@link FlowTracker}. */
export interface FlowTrackerOptions extends Partial<TrackerLimits> {
  /** Shortest time between the beginnings of two dumps (default 2000). */
  readonly dumpGapMs?: number;
  /** Time between dumps that find flows which ended without an event (default 60,000). */
  readonly refreshMs?: number;
  /**
   * Time for which events outrank a complete dump that differs from them (default 1000): they may have been sent before
   * it, and be read after it.
   */
  readonly graceMs?: number;
  /** Time from a loss to its dump (default 100), in which the events that were queued before the loss are read. */
  readonly drainMs?: number;
  /** Returns whether a flow is to be tracked (default all). It must depend on nothing but family, zone and tuples. */
  accepts?(flow: Flow): boolean;
  /** Called for each change of the tracker's table. */
  onChange?(change: TrackerChange): void;
}

/** Flow in an answer of {@link FlowTracker.connections}. */
export interface TrackedConnection {
  /** Latest message about it: attributes that it lacks are those of earlier ones. */
  readonly flow: Flow;
  readonly isEstablished: boolean;
  /** Number of flows with these ends that ended since the last call. */
  readonly endedCount: number;
  /** Last end since the last call; null if none ended. */
  readonly ended: { readonly cause: EndCause; readonly timeMs: number } | null;
}

/** Answer of {@link FlowTracker.connections}. */
export interface TrackedConnections {
  /** False until the first dump is done: then connections are missing. */
  readonly ready: boolean;
  /** Everything that is established, or that ended since the last call; each once. */
  readonly connections: readonly TrackedConnection[];
  /** Number of ended connections that did not fit between this call and the last one. */
  readonly droppedEnded: number;
  /** Number of times that a flow was not tracked because the table was full, since the start. */
  readonly refused: number;
}

const DEFAULTS = { maxFlows: 262_144, maxEnded: 65_536 } as const;
const DUMP_GAP_MS = 2000;
const REFRESH_MS = 60_000;
const GRACE_MS = 1000;
const DRAIN_MS = 100;

/**
 * Tracker of connections: a state machine that is fed with events, losses, dumps and times in milliseconds, in any clock
 * that does not go back. It asks for dumps by {@link dumpDueAt}.
 *
 * Events are the truth: they are applied at once, also during a dump, and what an event said during a dump outranks the
 * dump. Differences between a complete dump and the table take effect after a grace time, unless an event settles them
 * before. Flows are told apart by family, zone and ORIG tuple, and later flows of the same tuple by their id.
 */
export class FlowTracker {
  readonly #flows: TrackedFlows;
  readonly #differences: DumpDifferences;
  readonly #dumpGapMs: number;
  readonly #refreshMs: number;
  readonly #drainMs: number;
  readonly #accepts: (flow: Flow) => boolean;
  readonly #onChange: (change: TrackerChange) => void;
  #isReady = false;
  #isDumping = false;
  /** True if events were lost that no dump has made good yet. */
  #hasLost = true;
  #lastDumpMs = Number.NEGATIVE_INFINITY;
  #lastLossMs = Number.NEGATIVE_INFINITY;
  #lostEvents = 0;
  #losses = 0;

  constructor(options: FlowTrackerOptions = {}) {
    const { maxFlows = DEFAULTS.maxFlows, maxEnded = DEFAULTS.maxEnded } = options;
    this.#onChange = (change) => options.onChange?.(change);
    this.#flows = new TrackedFlows({ maxFlows, maxEnded }, this.#onChange);
    this.#differences = new DumpDifferences(this.#flows, options.graceMs ?? GRACE_MS);
    this.#dumpGapMs = options.dumpGapMs ?? DUMP_GAP_MS;
    this.#refreshMs = options.refreshMs ?? REFRESH_MS;
    this.#drainMs = options.drainMs ?? DRAIN_MS;
    this.#accepts = (flow) => options.accepts?.(flow) ?? true;
  }

  /** Time at which a dump is due, minus infinity for the first one; null while one runs. */
  get dumpDueAt(): number | null {
    if (this.#isDumping) return null;
    if (!this.#hasLost) return this.#lastDumpMs + this.#refreshMs;
    return Math.max(this.#lastDumpMs + this.#dumpGapMs, this.#lastLossMs + this.#drainMs);
  }

  /** Number of events that were lost, as far as it is known. */
  get lostEvents(): number {
    return this.#lostEvents;
  }

  /** Number of losses. */
  get losses(): number {
    return this.#losses;
  }

  /** Number of established flows. */
  get size(): number {
    return this.#flows.size;
  }

  /** Applies an event. */
  takeEvent({ kind, flow }: FlowEvent, nowMs: number): void {
    this.#differences.settle(nowMs);
    if (!this.#accepts(flow)) return;
    const key = flowKey(flow);
    const phase = kind === 'destroy' ? 'gone' : flowPhase(flow);
    if (phase !== undefined || kind === 'new') this.#differences.touch(key);
    if (phase === 'gone') this.#flows.end(key, flow, 'destroyed', nowMs);
    else if (phase === 'ended') this.#flows.end(key, flow, 'closed', nowMs);
    else if (phase === 'established') this.#flows.establish(key, flow, 'event', nowMs);
    else if (kind === 'new') this.#flows.replace(key, flow, nowMs);
    else this.#flows.update(key, flow);
  }

  /**
   * Takes a loss of events: a dump is due then.
   * @param events number of lost events; null if it is not known
   */
  takeLoss(events: number | null, nowMs: number): void {
    this.#differences.settle(nowMs);
    this.#hasLost = true;
    this.#lastLossMs = nowMs;
    this.#losses++;
    this.#lostEvents += events ?? 0;
    this.#onChange({ kind: 'lost', events, timeMs: nowMs });
  }

  /**
   * Begins a dump: the request is about to be sent, after the subscription to events, and after all events that were
   * queued when the last loss was reported have been taken.
   * @throws Error while another dump runs
   */
  beginDump(nowMs: number): void {
    if (this.#isDumping) throw new Error('conntrack dump: another one runs');
    this.#differences.settle(nowMs);
    this.#isDumping = true;
    this.#lastDumpMs = nowMs;
    this.#differences.begin(this.#hasLost);
    // Losses from now on need another dump.
    this.#hasLost = false;
  }

  /** Takes one flow of the dump. */
  takeDumped(flow: Flow): void {
    if (this.#isDumping && this.#accepts(flow)) this.#differences.add(flowKey(flow), flow, flowPhase(flow));
  }

  /** Ends a complete dump. */
  finishDump(nowMs: number): void {
    if (!this.#isDumping) return;
    this.#isDumping = false;
    this.#differences.finish(nowMs, this.#isReady);
    this.#isReady = true;
  }

  /** Ends a dump that failed, or whose table changed meanwhile: what it brought counts, and what it lacks does not. */
  interruptDump(nowMs: number): void {
    if (!this.#isDumping) return;
    this.#isDumping = false;
    this.#hasLost = true;
    this.#differences.interrupt(nowMs, this.#isReady);
  }

  /** Returns everything established, and what ended since the last call. */
  connections(nowMs: number): TrackedConnections {
    this.#differences.settle(nowMs);
    const { established, ended, dropped } = this.#flows.take();
    const connections: TrackedConnection[] = [];
    for (const [key, { flow }] of established) {
      const end = ended.get(key);
      connections.push({
        flow,
        isEstablished: true,
        endedCount: end?.count ?? 0,
        ended: end === undefined ? null : { cause: end.cause, timeMs: end.timeMs },
      });
    }
    for (const [key, { flow, count, cause, timeMs }] of ended) {
      if (established.has(key)) continue;
      connections.push({ flow, isEstablished: false, endedCount: count, ended: { cause, timeMs } });
    }
    return { ready: this.#isReady, connections, droppedEnded: dropped, refused: this.#flows.refused };
  }

  /** Applies differences whose grace time is over. Every other method does so as well. */
  settle(nowMs: number): void {
    this.#differences.settle(nowMs);
  }
}

/** Returns the key of a flow: equal for all messages about it, and for later flows with the same ends. */
export function flowKey({ family, zone = 0, orig }: Flow): string {
  return `${family} ${zone} ${tupleKey(orig)}`;
}
