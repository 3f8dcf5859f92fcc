import type { FlowKernelPart } from '../../fields/index.js';
import { type Flow, type FlowEvent, flowEventKind } from '../index.js';
import { dumpFlows } from './dump.js';
import type { ConntrackError } from './errors.js';
import { EventListener, type EventReceiver } from './event-listener.js';
import { EventQueue } from './event-queue.js';
import type {
  FlowFollower,
  FollowedEvent,
  FollowedKind,
  FollowerCounts,
  FollowFlowsOptions,
} from './followed-event.js';
import { eventFilterOf, kernelKindsOf } from './followed-kinds.js';
import type { LocalAddresses } from './local-addresses.js';
import { MessageReader } from './message-reader.js';
import type { SelectedFlows } from './selection.js';
import type { KernelSession } from './session.js';
import { summed } from './summed.js';

/** Options of {@link Follower}. */
export interface FollowerOptions extends Omit<FollowFlowsOptions, 'events'> {
  readonly events: ReadonlySet<FollowedKind>;
  readonly session: KernelSession;
  readonly selected: SelectedFlows;
  readonly addresses: LocalAddresses;
}

/** Number of events that wait for the consumer, from which the listener stops reading. */
export const MAX_WAITING_EVENTS = 16_384;
/** Shortest time between two dumps. */
const DUMP_GAP_MS = 2000;
/** Time from a loss to its dump, in which events that were queued before the loss are read. */
const DRAIN_MS = 100;

/** Follower of flows: a listener, a queue to the consumer, and dumps after losses. */
export class Follower implements FlowFollower, EventReceiver {
  readonly #options: FollowerOptions;
  readonly #queue: EventQueue<FollowedEvent>;
  readonly #listener: EventListener;
  readonly #dumped = new MessageReader();
  readonly #onAbort = (): void => void this.return();
  #timer: NodeJS.Timeout | undefined;
  #resync: Promise<void> | undefined;
  #hasLost = false;
  #lastDumpMs = Number.NEGATIVE_INFINITY;
  #resyncs = 0;
  #closing: Promise<void> | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const { events, session, selected, bufferBytes, allNamespaces, signal } = options;
    this.#queue = new EventQueue({
      maxEntries: MAX_WAITING_EVENTS,
      onFull: () => this.#listener.pause(),
      onRoom: () => this.#listener.resume(),
    });
    const listening = {
      kinds: kernelKindsOf(events),
      filter: eventFilterOf(selected.kernelPart.events, events),
      ...(bufferBytes === undefined ? {} : { bufferBytes }),
      ...(allNamespaces === undefined ? {} : { allNamespaces }),
    };
    this.#listener = new EventListener(session, listening, this);
    try {
      options.addresses.watch({
        onFailure: (error) => this.#queue.fail(error),
        onStale: (error) => options.onStaleAddresses?.(error),
      });
    } catch (error) {
      void this.#listener.close();
      throw error;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get kernelPart(): FlowKernelPart {
    return this.#options.selected.kernelPart;
  }

  get counts(): FollowerCounts {
    const { received, lost, undecoded, unknownAttributes } = this.#listener;
    return {
      received: { ...received },
      lost,
      resyncs: this.#resyncs,
      staleAddresses: this.#options.addresses.staleReadings,
      undecoded: summed(undecoded, this.#dumped.undecoded),
      unknownAttributes: summed(unknownAttributes, this.#dumped.unknownAttributes),
    };
  }

  get bufferBytes(): number {
    return this.#listener.bufferBytes;
  }

  readonly isLocal = (address: string): boolean => this.#options.addresses.has(address);

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<FollowedEvent, undefined>> {
    try {
      const result = await this.#queue.next();
      if (result.done === true) await this.#closing;
      return result;
    } catch (error) {
      await this.#close();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<FollowedEvent, undefined>> {
    this.#queue.end();
    await this.#close();
    return { done: true, value: undefined };
  }

  takeEvent(event: FlowEvent, nsid: number | undefined): void {
    const kind = flowEventKind(event);
    if (kind === 'lost' || kind === 'resync' || !this.#options.events.has(kind)) return;
    const { flow, portId } = event;
    if (!this.#options.selected.matches(flow, this.isLocal)) return;
    this.#queue.push({ kind, flow, portId, timeMs: Date.now(), ...(nsid === undefined ? {} : { nsid }) });
  }

  takeLoss(events: number | null): void {
    this.#queue.push({ kind: 'lost', events, timeMs: Date.now() });
    this.#hasLost = true;
    if (this.#options.resync !== false) this.#schedule();
  }

  takeFailure(error: ConntrackError): void {
    this.#queue.fail(error);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#resync !== undefined || this.#closing !== undefined) return;
    const waitMs = Math.max(DRAIN_MS, this.#lastDumpMs + DUMP_GAP_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#resync = this.#dump()
        .catch((error: unknown) => this.#queue.fail(error))
        .finally(() => {
          this.#resync = undefined;
          if (this.#hasLost) this.#schedule();
        });
    }, waitMs);
  }

  /** Lists all flows. A dump during which the table changed is repeated, after the gap. */
  async #dump(): Promise<void> {
    this.#hasLost = false;
    this.#lastDumpMs = performance.now();
    const { session, selected } = this.#options;
    let isComplete = true;
    // One dump without a filter, which cannot return a flow twice unless it is interrupted.
    const { family } = selected.kernelPart.events;
    for await (const part of dumpFlows(session, family === undefined ? {} : { family })) {
      if (this.#closing !== undefined) return;
      isComplete &&= !part.isInterrupted;
      const flows: Flow[] = [];
      this.#dumped.read(part, (decoder, at) => void flows.push(decoder.flow(part.data, at)));
      for (const flow of flows) {
        if (selected.matches(flow, this.isLocal)) this.#queue.push({ kind: 'resync', flow, timeMs: Date.now() });
      }
      await this.#queue.room();
    }
    if (isComplete) this.#resyncs++;
    else this.#hasLost = true;
  }

  async #close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    await this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    clearTimeout(this.#timer);
    await Promise.all([this.#listener.close(), this.#options.addresses.close(), this.#resync]);
    await this.#options.session.close();
  }
}
