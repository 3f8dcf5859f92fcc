import type { FlowEvent, FlowTrackerOptions, TrackedConnections, TrackerChange } from '../index.js';
import type { FlowSelection, SkippedMessages } from './options.js';

/** Options of {@link ConnectionTracker}. */
export interface ConnectionTrackerOptions extends FlowSelection {
  /** Size of the receive buffer in bytes, as the kernel counts. Default: 64 MiB. */
  readonly bufferBytes?: number;
  /** Bounds and times of the tracker. */
  readonly tracker?: Omit<FlowTrackerOptions, 'accepts' | 'onChange'>;
  /** Called for each change of the table. */
  onChange?(change: TrackerChange): void;
  /** Called for each event of the kernel that can matter to the tracker, before it is applied. */
  onEvent?(event: FlowEvent): void;
  /** Called when a dump fails, which is repeated, and when the listener fails, which ends the tracking. */
  onError?(error: unknown): void;
}

/** Counts of a tracker since its start. */
export interface TrackerCounts extends SkippedMessages {
  /** Events that the kernel sent, by its kinds. */
  readonly received: Readonly<Record<'new' | 'update' | 'destroy', number>>;
  /** Events that were lost, as far as their number is known. */
  readonly lost: number;
  /** Complete dumps. */
  readonly dumps: number;
  /** Complete dumps after losses. */
  readonly resyncs: number;
}

/**
 * Tracker of connections: everything that is established, and everything that ended between two questions. It listens
 * first and lists the table second, lists it again each minute and after losses, and keeps the process alive until it is
 * closed.
 */
export class ConnectionTracker {
  /**
   * Starts to listen.
   * @throws ConntrackError, NamespaceError, ExpressionError
   */
  constructor(options: ConnectionTrackerOptions = {}) {
    throw new Error(`not yet ${String(options)}`);
  }

  /** Resolves when the first dump is done; rejects with ConntrackError when it cannot be, or when the tracker is closed. */
  get ready(): Promise<void> {
    throw new Error('not yet');
  }

  get counts(): TrackerCounts {
    throw new Error('not yet');
  }

  /** Returns whether an address belongs to the namespace. */
  isLocal(address: string): boolean {
    throw new Error(`not yet ${address}`);
  }

  /**
   * Returns at once everything that is established, and what ended since the last call, each once. `ready` is false
   * before the first dump.
   * @throws ConntrackError `ERR_CLOSED` after {@link close}, or the error that ended the tracking
   */
  connections(): TrackedConnections {
    throw new Error('not yet');
  }

  /** Ends the tracker, and resolves when its sockets are closed. */
  async close(): Promise<void> {
    throw new Error('not yet');
  }
}
