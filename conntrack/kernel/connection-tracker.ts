import { netlink } from '../../native/index.js';
import {
  CONNECTION_UPDATES,
  type Flow,
  type FlowEvent,
  FlowTracker,
  type FlowTrackerOptions,
  IPPROTO_TCP,
  type TrackedConnections,
  type TrackerChange,
} from '../index.js';
import {
  ConntrackError,
  decodedFor,
  dumpFlows,
  EventListener,
  type EventReceiver,
  type FlowAddon,
  KernelSession,
  LocalAddresses,
  MessageReader,
  summed,
} from '../socket/index.js';
import type { FlowSelection } from './options.js';
import { SelectedFlows } from './selection.js';
import type { TrackerCounts } from './tracker-counts.js';

/** Options of {@link ConnectionTracker}. */
export interface ConnectionTrackerOptions extends FlowSelection {
  /** Size of the receive buffer in bytes, as the kernel counts. Default: 64 MiB. */
  readonly bufferBytes?: number;
  /** Bounds and times of the tracker. */
  readonly tracker?: Omit<FlowTrackerOptions, 'accepts' | 'onChange'>;
  /** Called for each change of the table, also of flows that the filter excludes from answers. */
  onChange?(change: TrackerChange): void;
  /** Called for each event of the kernel that can matter to the tracker, before it is applied. */
  onEvent?(event: FlowEvent): void;
  /**
   * Called when a dump fails, which is repeated, when the listener fails, which ends the tracking, and when addresses
   * cannot be read: then the earlier ones stay.
   */
  onError?(error: unknown): void;
}

const ALL_KINDS = new Set(['new', 'update', 'destroy'] as const);
/** Default of {@link FlowTrackerOptions.graceMs}, after which differences of a dump take effect. */
const GRACE_MS = 1000;

/**
 * Tracker of connections: everything that is established, and everything that ended between two questions. It listens
 * first and lists the table second, lists it again each minute and after losses, and keeps the process alive until it is
 * closed. The filter is applied to answers; family and protocols of it also to what is tracked.
 */
export class ConnectionTracker {
  readonly #options: ConnectionTrackerOptions;
  readonly #session: KernelSession;
  readonly #selected: SelectedFlows;
  readonly #addresses: LocalAddresses;
  readonly #tracker: FlowTracker;
  readonly #listener: EventListener;
  readonly #dumped = new MessageReader();
  readonly #onAbort = (): void => void this.close();
  readonly #ready: Promise<void>;
  #settleReady: { resolve(): void; reject(error: unknown): void } = { resolve: () => {}, reject: () => {} };
  #timer: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;
  #dump: Promise<void> | undefined;
  #dumps = 0;
  #resyncs = 0;
  #hasLost = false;
  #failure: ConntrackError | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Starts to listen.
   * @param addon replaced in tests
   * @throws ConntrackError, NamespaceError, ExpressionError
   */
  constructor(options: ConnectionTrackerOptions = {}, addon = netlink as FlowAddon) {
    const { namespace, signal, bufferBytes } = options;
    signal?.throwIfAborted();
    this.#options = options;
    this.#selected = new SelectedFlows(options);
    const { family, protocols } = this.#selected.kernelPart.events;
    this.#tracker = new FlowTracker({
      ...options.tracker,
      accepts: (flow) =>
        (family === undefined || flow.family === family) && (protocols?.includes(flow.orig.protocol) ?? true),
      onChange: (change) => options.onChange?.(change),
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    // Who does not await it learns of the failure by `connections` and `onError`.
    this.#ready.catch(() => undefined);
    this.#session = new KernelSession(namespace, addon);
    this.#addresses = new LocalAddresses(this.#session);
    try {
      const onError = (error: unknown): void => options.onError?.(error);
      this.#addresses.watch({ onFailure: onError, onStale: onError });
      const isTcpOnly = protocols?.every((protocol) => protocol === IPPROTO_TCP) ?? false;
      const filter = {
        ...(family === undefined ? {} : { family }),
        ...(protocols === undefined ? {} : { protocols }),
        updates: { ...CONNECTION_UPDATES, others: !isTcpOnly },
      };
      const buffer = bufferBytes === undefined ? {} : { bufferBytes };
      this.#listener = new EventListener(
        this.#session,
        { kinds: ALL_KINDS, filter, ...buffer },
        decodedFor(this.#receiver()),
      );
    } catch (error) {
      void this.#addresses.close();
      void this.#session.close();
      throw error;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#schedule();
  }

  /** Resolves when the first dump is done; rejects with ConntrackError when tracking ends before. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** Counts since the start. */
  get counts(): TrackerCounts {
    const { received, lost, undecoded, unknownAttributes } = this.#listener;
    return {
      received: { ...received },
      lost,
      dumps: this.#dumps,
      resyncs: this.#resyncs,
      staleAddresses: this.#addresses.staleReadings,
      undecoded: summed(undecoded, this.#dumped.undecoded),
      unknownAttributes: summed(unknownAttributes, this.#dumped.unknownAttributes),
    };
  }

  /** Returns whether an address belongs to the namespace. */
  readonly isLocal = (address: string): boolean => this.#addresses.has(address);

  /**
   * Returns at once everything that is established, and what ended since the last call, each once. `ready` is false
   * before the first dump.
   * @throws ConntrackError `ERR_CLOSED` after {@link close}, or the error that ended the tracking
   */
  connections(): TrackedConnections {
    if (this.#failure !== undefined) throw this.#failure;
    const answer = this.#tracker.connections(now());
    const connections = answer.connections.filter(({ flow }) => this.#selected.matches(flow, this.isLocal));
    return { ...answer, connections };
  }

  /** Ends the tracker, and resolves when its sockets are closed. */
  async close(): Promise<void> {
    this.#end(new ConntrackError('track connections: the tracker is closed', { code: 'ERR_CLOSED' }));
    this.#closing ??= this.#closeAll();
    await this.#closing;
  }

  #receiver(): EventReceiver {
    return {
      takeEvent: (event) => {
        this.#options.onEvent?.(event);
        this.#tracker.takeEvent(event, now());
      },
      takeLoss: (events) => {
        this.#hasLost = true;
        this.#tracker.takeLoss(events, now());
        this.#schedule();
      },
      takeFailure: (error) => {
        this.#options.onError?.(error);
        this.#end(error);
      },
    };
  }

  /** Plans the next dump. */
  #schedule(): void {
    clearTimeout(this.#timer);
    const dueAt = this.#tracker.dumpDueAt;
    if (dueAt === null || this.#failure !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#dump = this.#makeDump().finally(() => {
          this.#dump = undefined;
          this.#schedule();
        });
      },
      Math.max(0, dueAt - now()),
    );
  }

  async #makeDump(): Promise<void> {
    const hadLost = this.#hasLost;
    this.#hasLost = false;
    this.#tracker.beginDump(now());
    let isInterrupted = false;
    try {
      for await (const part of dumpFlows(this.#session, this.#dumpFilter())) {
        if (this.#failure !== undefined) break;
        isInterrupted ||= part.isInterrupted;
        const flows: Flow[] = [];
        this.#dumped.read(part, (decoder, at) => void flows.push(decoder.flow(part.data, at)));
        for (const flow of flows) this.#tracker.takeDumped(flow);
      }
    } catch (error) {
      this.#hasLost ||= hadLost;
      this.#tracker.interruptDump(now());
      this.#options.onError?.(error);
      return;
    }
    if (isInterrupted || this.#failure !== undefined) {
      this.#hasLost ||= hadLost;
      this.#tracker.interruptDump(now());
      return;
    }
    this.#tracker.finishDump(now());
    this.#dumps++;
    if (hadLost) this.#resyncs++;
    this.#settleReady.resolve();
    this.#settleLater();
  }

  /** Applies what differs between dump and table after the grace time, also if no event comes. */
  #settleLater(): void {
    clearTimeout(this.#settling);
    const graceMs = this.#options.tracker?.graceMs ?? GRACE_MS;
    this.#settling = setTimeout(() => this.#tracker.settle(now()), graceMs + 1);
  }

  #dumpFilter(): { readonly family?: Flow['family'] } {
    const { family } = this.#selected.kernelPart.events;
    return family === undefined ? {} : { family };
  }

  #end(error: ConntrackError): void {
    this.#failure ??= error;
    clearTimeout(this.#timer);
    clearTimeout(this.#settling);
    this.#settleReady.reject(this.#failure);
  }

  async #closeAll(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    await Promise.all([this.#listener.close(), this.#addresses.close(), this.#dump]);
    await this.#session.close();
  }
}

/** Returns milliseconds since 1970 by a clock that does not go back. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
