import type { Netns } from '../parse/index.js';
import type { FinalCounters } from './final-counters.js';

/** The cookie of a flow whose server does not know it: all bits set, on the wire -1. The kernel's INET_DIAG_NOCOOKIE. */
export const NO_COOKIE = 0xffff_ffff_ffff_ffffn;

/** The ends of a flow. Src is the machine that the server runs on, Dst the other one. Never anonymised. */
export interface FlowId {
  readonly sport: number;
  readonly dport: number;
  /** Text as Go's net.IP prints it; an IPv4-mapped address as dotted quad. */
  readonly srcIp: string;
  readonly dstIp: string;
  /**
   * Index of the interface that the socket is bound to, 0 for none, as `ip link` numbers it. On the wire its bytes
   * stand reversed, because the reference reads the kernel's little-endian field as big-endian.
   */
  readonly interface: number;
  /** The kernel's socket cookie, unsigned; on the wire a signed number. {@link NO_COOKIE} where it is not known. */
  readonly cookie: bigint;
}

/** Where an event stands in all that the server tells: there with `-events.v2`, absent otherwise. */
export interface EventPosition {
  /**
   * The event's number, consecutive from 1 at the server's start, whoever listens: a gap is what this client missed. A
   * replayed open has the number of the last event before the replay, 0 if there was none.
   */
  readonly sequence?: number;
  /** Events that were queued for any client and never reached it, since the server's start. */
  readonly dropped?: number;
}

/** A flow was seen for the first time, or is told of again. */
export interface OpenEvent extends EventPosition {
  readonly kind: 'open';
  /** When it was first seen, RFC 3339 with up to nine fractional digits. */
  readonly timestamp: string;
  readonly uuid: string;
  readonly id: FlowId;
  /** The network namespace that it is in; absent when that is the server's own. */
  readonly netns?: Netns;
  /** The flow was open before this client came: told of again at the beginning. Absent for what is new. */
  readonly replay?: true;
}

/** A flow ended. Its ends are those of the open event with the same UUID, if that was seen. */
export interface CloseEvent extends EventPosition {
  readonly kind: 'close';
  /** When, RFC 3339 with up to nine fractional digits; from the reference with the server's own offset. */
  readonly timestamp: string;
  readonly uuid: string;
  /** The network namespace that it was in; absent when that is the server's own. */
  readonly netns?: Netns;
  /** When the flow was first seen, the open event's timestamp. With `-events.v2`. */
  readonly startTime?: string;
  /**
   * What ended it, with `-events.v2`: `event` (the kernel told of it), `vanished` (absent from a scan), `reconnected`
   * (the socket was connected elsewhere), `shutdown` (the server ends). Later servers may know more.
   */
  readonly cause?: string;
  /** What was last known of the connection, with `-events.v2`; absent when the kernel never gave any. */
  readonly final?: FinalCounters;
}

/** An event of a kind that is not known here. Later servers may send some; they are safe to ignore. */
export interface UnknownEvent {
  readonly kind: 'unknown';
  /** Its number on the wire. */
  readonly event: number;
  /** The line as it came. */
  readonly line: string;
}

export type FlowEvent = OpenEvent | CloseEvent | UnknownEvent;
