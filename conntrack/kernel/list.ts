import type { FlowKernelPart } from '../../fields/index.js';
import type { Flow } from '../index.js';
import type { FlowSelection, SkippedMessages } from './options.js';

/** Options of {@link readFlows}. */
export interface ReadFlowsOptions extends FlowSelection {
  /** True to set the counters of all flows that the kernel returns to zero, which takes them from every other reader. */
  readonly zero?: boolean;
}

/** Options of {@link listFlows}. */
export interface ListFlowsOptions extends ReadFlowsOptions {
  /** Called at the end with what was skipped and how many dumps were repeated. */
  onEnd?(counts: ListingCounts): void;
}

/** Counts of a listing, up to now. */
export interface ListingCounts extends SkippedMessages {
  /** Flows that the kernel returned, each once. */
  readonly received: number;
  /** Flows for which the filter holds. */
  readonly matched: number;
  /** Dumps that were repeated because the table changed meanwhile. */
  readonly repeated: number;
}

/** Listing of flows, which iterates over batches. It asks the kernel when the iteration begins; iterate it once. */
export interface FlowListing extends AsyncIterable<readonly Flow[]> {
  /** Part of the filter that the kernel tests; `explainFlowKernelPart` makes a sentence of it. */
  readonly kernelPart: FlowKernelPart;
  /** Counts up to now. */
  readonly counts: ListingCounts;
  /** Returns whether an address belongs to the namespace. False for all until the first batch. */
  isLocal(address: string): boolean;
}

/**
 * Prepares a listing of flows in batches. The kernel tests what it can of the filter, and everything is tested again
 * here. Iterating throws ConntrackError, or NamespaceError.
 * @throws ExpressionError for a filter that is wrong, TypeError for the namespace `all`
 */
export function readFlows(options: ReadFlowsOptions = {}): FlowListing {
  throw new Error(`not yet ${String(options.zero)}`);
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
