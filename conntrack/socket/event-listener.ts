import type { MessageBatch, MessageListener, ScanFailure } from '../../native/index.js';
import {
  assembleEventFilter,
  type EventFilter,
  type FlowEvent,
  type KernelEventKind,
  NETLINK_NETFILTER,
  NFNLGRP_CONNTRACK_DESTROY,
  NFNLGRP_CONNTRACK_NEW,
  NFNLGRP_CONNTRACK_UPDATE,
} from '../index.js';
import { ConntrackError, refusal } from './errors.js';
import { MessageReader } from './message-reader.js';
import type { SkippedMessages } from './options.js';
import type { KernelSession } from './session.js';

/** Default size of the receive buffer, as the kernel counts: at least 50,000 events. */
export const DEFAULT_BUFFER_BYTES: number = 64 * 1024 * 1024;

/** Options of {@link EventListener}. */
export interface EventListenerOptions {
  readonly kinds: ReadonlySet<KernelEventKind>;
  readonly filter: EventFilter;
  readonly bufferBytes?: number;
  readonly allNamespaces?: boolean;
}

/** Receiver of what a listener hears, in order. */
export interface ListenerReceiver {
  /**
   * Takes a batch of messages, and counts each in `received`. Its arrays are valid until it returns.
   * @param reader counts messages that cannot be decoded
   */
  takeBatch(batch: MessageBatch, reader: MessageReader, received: Record<KernelEventKind, number>): void;
  /** Events were lost; null if their number is not known. */
  takeLoss(events: number | null): void;
  /** The listener has failed, and nothing follows. */
  takeFailure(error: ConntrackError): void;
}

/** Receiver of events that are decoded. */
export interface EventReceiver extends Omit<ListenerReceiver, 'takeBatch'> {
  takeEvent(event: FlowEvent, nsid: number | undefined): void;
}

/** Returns the receiver that decodes each event for another one. */
export function decodedFor(receiver: EventReceiver): ListenerReceiver {
  return {
    takeBatch(batch, reader, received) {
      reader.read(batch, (decoder, at, index) => {
        const event = decoder.event(batch.data, at);
        received[event.kind]++;
        receiver.takeEvent(event, batch.nsids?.[index]);
      });
    },
    takeLoss: (events) => receiver.takeLoss(events),
    takeFailure: (error) => receiver.takeFailure(error),
  };
}

const GROUPS: Readonly<Record<KernelEventKind, number>> = {
  new: NFNLGRP_CONNTRACK_NEW,
  update: NFNLGRP_CONNTRACK_UPDATE,
  destroy: NFNLGRP_CONNTRACK_DESTROY,
};

/** Listener for the kernel's events of flows, which counts them. */
export class EventListener implements SkippedMessages {
  readonly #listener: MessageListener;
  readonly #receiver: ListenerReceiver;
  readonly #reader = new MessageReader();
  readonly received: Record<KernelEventKind, number> = { new: 0, update: 0, destroy: 0 };
  #lost = 0;

  /** Starts to listen. @throws ConntrackError, NamespaceError */
  constructor(session: KernelSession, options: EventListenerOptions, receiver: ListenerReceiver) {
    const { kinds, bufferBytes = DEFAULT_BUFFER_BYTES, allNamespaces = false } = options;
    this.#receiver = receiver;
    const filter = assembleEventFilter({
      ...options.filter,
      isNewKept: kinds.has('new'),
      isDestroyKept: kinds.has('destroy'),
      ...(kinds.has('update') ? {} : { updates: 'none' }),
    });
    const groups = [...kinds].map((kind) => GROUPS[kind]);
    const listening = {
      protocol: NETLINK_NETFILTER,
      groups,
      receiveBufferBytes: bufferBytes,
      allNamespaces,
      ...(filter === undefined ? {} : { filter }),
    };
    this.#listener = session.listen('follow flows', listening, (batch) => this.#take(batch));
  }

  /** Number of lost events, as far as it is known. */
  get lost(): number {
    return this.#lost;
  }

  get undecoded(): ReadonlyMap<string, number> {
    return this.#reader.undecoded;
  }

  get unknownAttributes(): ReadonlyMap<string, number> {
    return this.#reader.unknownAttributes;
  }

  /** Size of the receive buffer that the kernel granted. */
  get bufferBytes(): number {
    return this.#listener.grant().receiveBufferBytes;
  }

  /** Stops reading: the kernel counts what does not fit. */
  pause(): void {
    this.#listener.pause();
  }

  /** Goes on after {@link pause}. */
  resume(): void {
    this.#listener.resume();
  }

  /** Ends listening. */
  async close(): Promise<void> {
    await this.#listener.close();
  }

  #take(batch: MessageBatch): void {
    this.#receiver.takeBatch(batch, this.#reader, this.received);
    this.#reader.countBroken(batch.broken);
    const lost = batch.lost + batch.broken;
    this.#lost += lost;
    if (lost > 0 || batch.overruns > 0) this.#receiver.takeLoss(lost > 0 ? lost : null);
    if (batch.failure !== undefined) this.#receiver.takeFailure(errorOf(batch.failure));
  }
}

function errorOf({ code, errno, op }: ScanFailure): ConntrackError {
  const what = `follow flows: ${op}`;
  return errno === 0 ? new ConntrackError(`${what}: ${code}`, { code: 'ERR_KERNEL' }) : refusal(errno, { what });
}
