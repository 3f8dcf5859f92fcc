import type { NamespaceTarget } from '../../host/namespaces/index.js';
import type { DumpFilter, EventFilter, Flow, FlowEventKind } from '../index.js';

/** Network namespace to ask, and when to stop. */
export interface KernelOptions {
  /**
   * Network namespace: a name of `ip netns`, a path, a process id as text, or a parsed one, but not `all`. Default: that
   * of this process. Another one needs CAP_SYS_ADMIN.
   */
  readonly namespace?: string | NamespaceTarget;
  /** Signal that ends the operation: promises reject with its reason, and followers end. */
  readonly signal?: AbortSignal;
}

/** Numbers of messages and attributes that were skipped. */
export interface SkippedMessages {
  /** Messages that could not be decoded, by the code of their `DecodeError`. */
  readonly undecoded: ReadonlyMap<string, number>;
  /** Skipped attributes by their numbers, such as `29` or `4.1.7`. */
  readonly unknownAttributes: ReadonlyMap<string, number>;
}

/** Kinds of events to follow. `lost` and `resync` always come. */
export type FollowedKind = Exclude<FlowEventKind, 'lost' | 'resync'>;

/** Part of a condition that the kernel tests. */
export interface KernelPart {
  /** Filters of the dumps that together return all flows for which the condition can hold. */
  readonly dumps: readonly DumpFilter[];
  readonly events: EventFilter;
}

/** Condition on flows. */
export interface WantedFlows {
  readonly kernelPart: KernelPart;
  /** True if it holds for every flow. */
  readonly areAll: boolean;
  /** Returns whether it holds for a flow. */
  matches(flow: Flow, isLocal: (address: string) => boolean): boolean;
}

/** Condition that holds for every flow. */
export const ALL_FLOWS: WantedFlows = {
  kernelPart: { dumps: [{}], events: {} },
  areAll: true,
  matches: () => true,
};
