import type { FlowKernelPart } from '../../fields/index.js';
import type { DumpPart } from '../../native/index.js';
import { type Flow, type FlowEvent, flowEventKind } from '../index.js';
import {
  type ConntrackError,
  decodedFor,
  EventListener,
  type EventReceiver,
  eventFilterOf,
  type FollowedKind,
  type KernelSession,
  kernelKindsOf,
  type LocalAddresses,
  type MessageReader,
  Resync,
  summed,
} from '../socket/index.js';
import { EventQueue } from './event-queue.js';
import type { FlowFollower, FollowedEvent, FollowerCounts, FollowFlowsOptions } from './followed-event.js';
import type { SelectedFlows } from './selection.js';

/** Options of {@link Follower}. */
export interface FollowerOptions extends Omit<FollowFlowsOptions, 'events'> {
  readonly events: ReadonlySet<FollowedKind>;
  readonly session: KernelSession;
  readonly selected: SelectedFlows;
  readonly addresses: LocalAddresses;
}

/** Number of events that wait for the consumer, from which the listener stops reading. */
export const MAX_WAITING_EVENTS = 16_384;
/** Follower of flows: a listener, a queue to the consumer, and dumps after losses. */
export class Follower implements FlowFollower, EventReceiver {
  readonly #options: FollowerOptions;
  readonly #queue: EventQueue<FollowedEvent>;
  readonly #listener: EventListener;
  readonly #resync: Resync;
  readonly #onAbort = (): void => void this.return();
  #closing: Promise<void> | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const { events, session, selected, bufferBytes, allNamespaces, signal } = options;
    this.#queue = new EventQueue({
      maxEntries: MAX_WAITING_EVENTS,
      onFull: () => this.#listener.pause(),
      onRoom: () => this.#listener.resume(),
    });
    const { family } = selected.kernelPart.events;
    this.#resync = new Resync({
      session,
      ...(family === undefined ? {} : { family }),
      take: (part, reader) => this.#takePart(part, reader),
      onError: (error) => this.#queue.fail(error),
    });
    const listening = {
      kinds: kernelKindsOf(events),
      filter: eventFilterOf(selected.kernelPart.events, events),
      ...(bufferBytes === undefined ? {} : { bufferBytes }),
      ...(allNamespaces === undefined ? {} : { allNamespaces }),
    };
    this.#listener = new EventListener(session, listening, decodedFor(this));
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
      resyncs: this.#resync.count,
      staleAddresses: this.#options.addresses.staleReadings,
      undecoded: summed(undecoded, this.#resync.reader.undecoded),
      unknownAttributes: summed(unknownAttributes, this.#resync.reader.unknownAttributes),
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
    if (this.#options.resync !== false) this.#resync.request();
  }

  takeFailure(error: ConntrackError): void {
    this.#queue.fail(error);
  }

  async #takePart(part: DumpPart, reader: MessageReader): Promise<void> {
    const flows: Flow[] = [];
    reader.read(part, (decoder, at) => void flows.push(decoder.flow(part.data, at)));
    for (const flow of flows) {
      if (!this.#options.selected.matches(flow, this.isLocal)) continue;
      this.#queue.push({ kind: 'resync', flow, timeMs: Date.now() });
    }
    await this.#queue.room();
  }

  async #close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    await this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    await Promise.all([this.#listener.close(), this.#options.addresses.close(), this.#resync.close()]);
    await this.#options.session.close();
  }
}
