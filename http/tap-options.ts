import type { CountedExchange } from './counted-exchange.js';
import type { HttpExchange } from './exchange.js';
import type { HttpFlow } from './http-flow.js';

/** A range of ports, both ends in it. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Options of HttpTap. */
export interface HttpTapOptions {
  /** Ports of servers; null for all. */
  readonly ports: readonly PortRange[] | null;
  /** Receives each exchange as soon as all of it that will be known is known. */
  readonly onExchange: (exchange: HttpExchange) => void;
  /**
   * Receives what totals need of each, in place of {@link onExchange}: then no exchange is made. Valid until it returns.
   */
  readonly onCounted?: (exchange: CountedExchange) => void;
  /** Fields of heads to keep, in any case. Secrets (Authorization, Cookie, …) are kept only when named, as all others. */
  readonly headers?: readonly string[];
  /** True if paths keep their query. */
  readonly keepsQuery?: boolean;
  /** Returns whether an address (text, without port) is this machine's; without it `side` is `unknown`. */
  readonly isOwn?: (address: string) => boolean;
  /** Returns an interface's name; undefined when it has none any more. */
  readonly interfaceName?: (ifindex: number) => string | undefined;
  /** Network namespace that exchanges name; null for this process's. */
  readonly netns?: string | null;
  /**
   * Called at the first complete head of a flow that has an end on this machine (`side` server, client or local). Set
   * {@link HttpFlow.connection} here; keep the flow to set it later.
   * @param timeNs When that head passed, in nanoseconds since 1970.
   */
  readonly onFlow?: (flow: HttpFlow, timeNs: bigint) => void;
  /** Called just before an exchange of such a flow is reported, to renew {@link HttpFlow.connection}. */
  readonly beforeExchange?: (flow: HttpFlow) => void;
  /** Called when such a flow is over. */
  readonly onFlowEnd?: (flow: HttpFlow) => void;
  /** Maximum number of flows; the one silent for longest is given up for another. 65,536 if absent. */
  readonly maxFlows?: number;
  /** Bytes that may wait for others, in one direction and in all; 64 KiB and 64 MiB if absent. */
  readonly heldBytes?: number;
  readonly totalHeldBytes?: number;
  /** A number that senders cannot know, by which flows are spread; any if absent. */
  readonly seed?: number;
}
