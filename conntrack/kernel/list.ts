import type { FlowKernelPart } from '../../fields/index.js';
import { netlink } from '../../native/index.js';
import type { Flow } from '../index.js';
import { Listing, type ListingAddon, type ListingCounts, type ListingOptions } from '../socket/index.js';
import type { FlowSelection } from './options.js';
import { SelectedFlows } from './selection.js';

/** Options of {@link readFlows}. */
export interface ReadFlowsOptions extends FlowSelection, ListingOptions {
  /** False to have the kernel return all flows, and to test the whole filter here (default: true). */
  readonly filtersInKernel?: boolean;
}

/** Options of {@link listFlows}. */
export interface ListFlowsOptions extends ReadFlowsOptions {
  /** Called at the end with what was skipped and how many dumps were repeated. */
  onEnd?(counts: ListingCounts): void;
}

/**
 * Listing of flows, which iterates over batches. It asks the kernel when the iteration begins; iterate it once.
 *
 * Batches come as the kernel is read, and of those before only eight bytes a flow are kept. If the table changed during
 * a dump (NLM_F_DUMP_INTR), which the kernel says at its end, flows may be missing in it. The dump is then repeated, and
 * only flows that no batch had are returned. So each flow comes once, and a flow that was there all the time is never
 * missing; one that has ended meanwhile may be among them. If each of three dumps is interrupted, the iteration throws
 * `ERR_INTERRUPTED` after the batches of all three.
 */
export interface FlowListing extends AsyncIterable<readonly Flow[]> {
  /** Part of the filter that the kernel tests; `explainFlowKernelPart` makes a sentence of it. */
  readonly kernelPart: FlowKernelPart;
  /** Counts up to now. */
  readonly counts: ListingCounts;
  /** Returns whether an address belongs to the namespace. False for all but loopback until the first batch. */
  readonly isLocal: (address: string) => boolean;
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
export function readFlows(options: ReadFlowsOptions = {}, addon: ListingAddon = netlink): FlowListing {
  return new Listing(options, new SelectedFlows(options, options.filtersInKernel), addon);
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
