import type { FlowKernelPart } from '../../fields/index.js';
import { netlink } from '../../native/index.js';
import type { Flow } from '../index.js';
import { type FlowAddon, Listing, type ListingCounts, type ListingOptions } from '../socket/index.js';
import type { FlowSelection } from './options.js';
import { SelectedFlows } from './selection.js';

/** Options of {@link readFlows}. */
export interface ReadFlowsOptions extends FlowSelection, ListingOptions {}

/** Options of {@link listFlows}. */
export interface ListFlowsOptions extends ReadFlowsOptions {
  /** Called at the end with what was skipped and how many dumps were repeated. */
  onEnd?(counts: ListingCounts): void;
}

/** Listing of flows, which iterates over batches. It asks the kernel when the iteration begins; iterate it once. */
export interface FlowListing extends AsyncIterable<readonly Flow[]> {
  /** Part of the filter that the kernel tests; `explainFlowKernelPart` makes a sentence of it. */
  readonly kernelPart: FlowKernelPart;
  /** Counts up to now. */
  readonly counts: ListingCounts;
  /** Returns whether an address belongs to the namespace. False for all but loopback until the first batch. */
  isLocal(address: string): boolean;
  /**
   * Iterates over the flows as lines of JSON, each as `flowLine` returns it, several times as fast. Lines are valid until
   * the next ones are asked for.
   * @param time RFC 3339, of lines without a time of the kernel
   */
  lines(time: string): AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * Prepares a listing of flows in batches. The kernel tests what it can of the filter, and everything is tested again
 * here. Iterating throws ConntrackError, or NamespaceError.
 * @param addon replaced in tests
 * @throws ExpressionError for a filter that is wrong
 */
export function readFlows(options: ReadFlowsOptions = {}, addon: FlowAddon = netlink): FlowListing {
  return new Listing(options, new SelectedFlows(options), addon);
}

/**
 * Lists flows one by one.
 * @throws as {@link readFlows}
 */
export async function* listFlows(options: ListFlowsOptions = {}): AsyncGenerator<Flow, void, undefined> {
  const listing = readFlows(options);
  for await (const batch of listing) yield* batch;
  options.onEnd?.(listing.counts);
}
