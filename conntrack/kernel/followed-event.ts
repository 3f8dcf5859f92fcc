import type { FlowKernelPart } from '../../fields/index.js';
import type { Flow, KernelEventKind } from '../index.js';
import type { ConntrackError, FollowedKind, SkippedMessages } from '../socket/index.js';
import type { FlowSelection } from './options.js';

/** Options of {@link followFlows}. */
export interface FollowFlowsOptions extends FlowSelection {
  /** Kinds of events. Default: all. */
  readonly events?: readonly FollowedKind[];
  /** Size of the receive buffer in bytes, as the kernel counts. Default: 64 MiB. */
  readonly bufferBytes?: number;
  /** True to list all flows after a loss, as `resync` events. Default: true. */
  readonly resync?: boolean;
  /**
   * True to follow also all namespaces that have an id in this one, which a resync does not list. Needs
   * CAP_NET_BROADCAST. Default: false.
   */
  readonly allNamespaces?: boolean;
  /**
   * Called when the addresses of the namespace change so often that they cannot be read. Until they can, `side` is that
   * of the earlier ones.
   */
  onStaleAddresses?(error: ConntrackError): void;
}

/** Event of a flow that the kernel sent. */
export interface FollowedFlow {
  readonly kind: FollowedKind;
  readonly flow: Flow;
  /** Netlink port of the program that deleted the flow; 0 if the kernel ended it, and for other kinds. */
  readonly portId: number;
  /** Time of arrival in milliseconds since 1970. */
  readonly timeMs: number;
  /** Id of the namespace that sent it, -1 for the own one. Absent without `allNamespaces`. */
  readonly nsid?: number;
}

/** Event of {@link followFlows}. */
export type FollowedEvent =
  | FollowedFlow
  /** Events were lost here; null if their number is not known. */
  | { readonly kind: 'lost'; readonly events: number | null; readonly timeMs: number }
  /** Flow of the dump after a loss. */
  | { readonly kind: 'resync'; readonly flow: Flow; readonly timeMs: number };

/** Counts of a follower, up to now. */
export interface FollowerCounts extends SkippedMessages {
  /** Events that the kernel sent and its filter let through, by the kernel's kinds. */
  readonly received: Readonly<Record<KernelEventKind, number>>;
  /** Events that were lost, as far as their number is known. */
  readonly lost: number;
  /** Complete dumps after losses. */
  readonly resyncs: number;
  /** Readings of the namespace's addresses that failed because they changed during each attempt. */
  readonly staleAddresses: number;
}

/**
 * Follower of flows: an async iterator of events, which listens from its creation on. A slow consumer makes it stop
 * reading, so that the kernel counts what is lost. It ends by `return()` or the signal.
 */
export interface FlowFollower extends AsyncIterableIterator<FollowedEvent, undefined, undefined> {
  /** Part of the filter that the kernel tests. */
  readonly kernelPart: FlowKernelPart;
  readonly counts: FollowerCounts;
  /** Size of the receive buffer that the kernel granted. */
  readonly bufferBytes: number;
  /** Returns whether an address belongs to the namespace. */
  isLocal(address: string): boolean;
  /** Ends the follower, and resolves when its sockets are closed. */
  return(): Promise<IteratorResult<FollowedEvent, undefined>>;
}
