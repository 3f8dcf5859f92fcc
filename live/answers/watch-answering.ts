import type { WatchJson } from '../wire/index.js';

/** Request for a watch: connections are read exactly, each at an interval, beside the scans. */
export interface WatchRequest {
  /** Keys of rows of the store, or an expression that chooses open ones, also later ones. */
  readonly connections: { readonly keys: readonly string[] } | { readonly filter: string };
  /** Time between two reads of a connection, 1 to 1000 milliseconds. */
  readonly intervalMs: number;
  /** Time after which the watch ends, 1 to 3600 seconds; absent: with the collector, or with the last of `keys`. */
  readonly forSec?: number;
}

/** Codes of {@link WatchError}: nothing to watch, a wrong value, too many watches or connections, or the system refuses. */
export type WatchErrorCode = 'ERR_NO_CONNECTION' | 'ERR_WATCH_VALUE' | 'ERR_WATCHES_FULL' | 'ERR_WATCH_THREAD';

/** Thrown when a watch cannot begin. The message is a sentence for the person who asked. */
export class WatchError extends Error {
  override readonly name = 'WatchError';

  constructor(
    readonly code: WatchErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Watches, for those that begin and end them: the API, and alerts. */
export interface WatchAnswering {
  /** Connections that are watched at a time, at most. */
  readonly maxConnections: number;
  /** Number of watched connections. */
  readonly connections: number;
  /**
   * Begins a watch.
   * @throws WatchError; ExpressionError for a wrong filter
   */
  begin(request: WatchRequest): Promise<WatchJson>;
  /** Ends a watch. Returns false for an unknown number. */
  stop(watch: number): boolean;
  /** Returns all watches, oldest first. */
  list(): readonly WatchJson[];
}
