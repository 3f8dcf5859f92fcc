import type { Flow, FlowEndpoint } from '../index.js';
import type { KernelOptions } from './options.js';

/** Ends of a flow in either direction, as a socket of this machine sees them. */
export interface FlowEnds {
  /** IP protocol as a number or name, e.g. `tcp`. */
  readonly protocol: number | string;
  /** An IPv4-mapped address is taken as IPv4. The port is null for protocols without ports. */
  readonly local: FlowEndpoint;
  readonly remote: FlowEndpoint;
  /** Default 0. */
  readonly zone?: number;
  /** Identifier, type and code of ICMP messages. */
  readonly icmp?: { readonly id: number; readonly type: number; readonly code?: number };
}

/** Result of {@link deleteFlow}. */
export interface DeletedFlow {
  /** True if the flow was there. */
  readonly wasThere: boolean;
  /** True if it was deleted: it was there, and this was no dry run. */
  readonly isDeleted: boolean;
}

/**
 * Returns the flow with these ends, in the direction that opened it or the other one, or the first flow with an id, for
 * which all flows are listed; undefined if there is none.
 * @throws ConntrackError, NamespaceError; RangeError for ends that are no tuple
 */
export async function getFlow(
  question: FlowEnds | { readonly id: number },
  options: KernelOptions = {},
): Promise<Flow | undefined> {
  throw new Error(`not yet ${String(question)} ${String(options)}`);
}

/**
 * Deletes the flow that has both these ends and this id, and no other one.
 * @throws ConntrackError, NamespaceError; RangeError for ends that are no tuple, or an id that is no u32
 */
export async function deleteFlow(
  flow: FlowEnds & { readonly id: number },
  options: KernelOptions & { readonly dryRun?: boolean } = {},
): Promise<DeletedFlow> {
  throw new Error(`not yet ${String(flow)} ${String(options)}`);
}
