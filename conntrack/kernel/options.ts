import type { CompiledExpression } from '../../expression/index.js';
import type { FlowRow } from '../../fields/index.js';
import type { NamespaceTarget } from '../../host/index.js';
import type { FlowFamily } from '../index.js';

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

/** Flows that are wanted. */
export interface FlowSelection extends KernelOptions {
  /** Expression on flows (`FLOW_VOCABULARY`), as a text or compiled. Default: all flows. */
  readonly filter?: string | CompiledExpression<FlowRow>;
  /** Address family. Default: both. */
  readonly family?: FlowFamily;
}

/** Numbers of messages and attributes that were skipped. */
export interface SkippedMessages {
  /** Messages that could not be decoded, by the code of their `DecodeError`. */
  readonly undecoded: ReadonlyMap<string, number>;
  /** Skipped attributes by their numbers, such as `29` or `4.1.7`. */
  readonly unknownAttributes: ReadonlyMap<string, number>;
}
