import type { DumpPart, MessageBatch } from '../../native/index.js';
import { FlowLines, type KernelEventKind, lostJson } from '../index.js';
import type { ConntrackError } from './errors.js';
import { EventListener, type ListenerReceiver } from './event-listener.js';
import { eventFilterOf, kernelKindsOf } from './followed-kinds.js';
import { LocalAddresses } from './local-addresses.js';
import type { MessageReader } from './message-reader.js';
import type { FollowedKind, KernelOptions, WantedFlows } from './options.js';
import { Resync } from './resync.js';
import { type FlowAddon, KernelSession } from './session.js';

/** Options of {@link LineFollower}. */
export interface LineFollowerOptions extends KernelOptions {
  readonly events: readonly FollowedKind[];
  /** Size of the receive buffer in bytes, as the kernel counts. Default: 64 MiB. */
  readonly bufferBytes?: number;
  /**
   * Called when the addresses of the namespace change so often that they cannot be read. Until they can, `side` is that
   * of the earlier ones.
   */
  onStaleAddresses?(error: ConntrackError): void;
}

/** Bytes of lines that wait for the consumer, from which the listener stops reading. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/**
 * Follower of flows whose events are lines of JSON, with losses and the flows of dumps after them, from its creation on.
 * It iterates over chunks of whole lines; a chunk is valid until the next one is asked for. A slow consumer makes it stop
 * reading, so that the kernel counts what is lost. It ends by `return()` or the signal.
 */
export class LineFollower implements AsyncIterableIterator<Uint8Array, undefined, undefined> {
  readonly #wanted: WantedFlows;
  readonly #kinds: ReadonlySet<FollowedKind>;
  readonly #session: KernelSession;
  readonly #addresses: LocalAddresses;
  readonly #lines: FlowLines;
  readonly #listener: EventListener;
  readonly #resync: Resync;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this.return();
  #taken: Uint8Array | undefined;
  #wake: () => void = () => undefined;
  #room: () => void = () => undefined;
  #isPaused = false;
  #isEnded = false;
  #error: { readonly cause: unknown } | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Starts to listen.
   * @throws ConntrackError, NamespaceError
   */
  private constructor(
    options: LineFollowerOptions,
    wanted: WantedFlows,
    session: KernelSession,
    addresses: LocalAddresses,
  ) {
    const { events, bufferBytes, signal } = options;
    this.#wanted = wanted;
    this.#kinds = new Set(events);
    this.#session = session;
    this.#addresses = addresses;
    this.#signal = signal;
    this.#lines = new FlowLines(addresses.has);
    const { family } = wanted.kernelPart.events;
    this.#resync = new Resync({
      session,
      ...(family === undefined ? {} : { family }),
      take: (part, reader) => this.#takePart(part, reader),
      onError: (error) => this.#fail(error),
    });
    const listening = {
      kinds: kernelKindsOf(this.#kinds),
      filter: eventFilterOf(wanted.kernelPart.events, this.#kinds),
      ...(bufferBytes === undefined ? {} : { bufferBytes }),
    };
    this.#listener = new EventListener(session, listening, this.#receiver());
    try {
      addresses.watch({
        onFailure: (error) => this.#fail(error),
        onStale: (error) => options.onStaleAddresses?.(error),
      });
    } catch (error) {
      void this.#listener.close();
      throw error;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Starts to listen, after the addresses of the namespace were read.
   * @throws ConntrackError, NamespaceError; the reason of the signal
   */
  static async open(options: LineFollowerOptions, wanted: WantedFlows, addon: FlowAddon): Promise<LineFollower> {
    const { namespace, signal } = options;
    signal?.throwIfAborted();
    const session = new KernelSession(namespace, addon);
    try {
      const addresses = new LocalAddresses(session);
      await addresses.read();
      signal?.throwIfAborted();
      return new LineFollower(options, wanted, session, addresses);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Number of lost events, as far as it is known. */
  get lost(): number {
    return this.#listener.lost;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#taken !== undefined) this.#lines.giveBack(this.#taken);
    this.#taken = undefined;
    while (this.#lines.length === 0) {
      if (this.#error !== undefined) {
        const { cause } = this.#error;
        this.#error = undefined;
        await this.#close();
        throw cause;
      }
      if (this.#isEnded) {
        await this.#closing;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#taken = this.#lines.take();
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#listener.resume();
      this.#room();
    }
    return { done: false, value: this.#taken };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isEnded = true;
    this.#lines.clear();
    this.#wake();
    this.#room();
    await this.#close();
    return { done: true, value: undefined };
  }

  #receiver(): ListenerReceiver {
    return {
      takeBatch: (batch, reader, received) => this.#takeBatch(batch, reader, received),
      takeLoss: (events) => {
        if (this.#isEnded) return;
        this.#lines.addText(JSON.stringify(lostJson(timeText(), events)));
        this.#afterAdding();
        this.#resync.request();
      },
      takeFailure: (error: ConntrackError) => this.#fail(error),
    };
  }

  #takeBatch({ data, messages }: MessageBatch, reader: MessageReader, received: Record<KernelEventKind, number>): void {
    if (this.#isEnded) return;
    const [lines, wanted] = [this.#lines, this.#wanted];
    lines.begin(data, timeText());
    reader.read({ messages }, (decoder, at) => {
      if (wanted.areAll) {
        received[lines.addEvent(decoder, at, this.#kinds)]++;
        return;
      }
      const event = decoder.event(data, at);
      received[event.kind]++;
      if (wanted.matches(event.flow, this.#addresses.has)) lines.addEvent(decoder, at, this.#kinds, event);
    });
    this.#afterAdding();
  }

  async #takePart({ data, messages }: DumpPart, reader: MessageReader): Promise<void> {
    if (this.#isEnded) return;
    const [lines, wanted] = [this.#lines, this.#wanted];
    lines.begin(data, timeText());
    reader.read({ messages }, (decoder, at) => {
      const flow = wanted.areAll ? undefined : decoder.flow(data, at);
      if (flow === undefined || wanted.matches(flow, this.#addresses.has)) lines.addFlow(decoder, at, 'resync', flow);
    });
    this.#afterAdding();
    if (!this.#isPaused || this.#isEnded) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  #afterAdding(): void {
    if (this.#lines.length === 0) return;
    if (!this.#isPaused && this.#lines.length >= MAX_WAITING_BYTES) {
      this.#isPaused = true;
      this.#listener.pause();
    }
    this.#wake();
  }

  /** Lines that wait are still taken; then the error is thrown once. */
  #fail(error: unknown): void {
    if (this.#isEnded) return;
    this.#error = { cause: error };
    this.#isEnded = true;
    this.#wake();
    this.#room();
  }

  async #close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    await this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    await Promise.all([this.#listener.close(), this.#addresses.close(), this.#resync.close()]);
    await this.#session.close();
  }
}

function timeText(): string {
  return new Date().toISOString();
}
