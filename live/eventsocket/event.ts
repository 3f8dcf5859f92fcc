import type { Netns } from '../../parse/index.js';
import type { FinalCounters } from './final-counters.js';

/** Cookie of a flow if the server does not know it: all bits set, -1 on the wire. The kernel's INET_DIAG_NOCOOKIE. */
export const NO_COOKIE = 0xffff_ffff_ffff_ffffn;

/** Endpoints of a flow. Src is the server's machine, Dst the other one. Never anonymised. */
export interface FlowId {
  readonly sport: number;
  readonly dport: number;
  /** Address as Go's net.IP prints it; an IPv4-mapped address as dotted quad. */
  readonly srcIp: string;
  readonly dstIp: string;
  /**
   * Index of the interface that the socket is bound to, as in `ip link`; 0 for none. On the wire its bytes are
   * reversed, because the reference reads the kernel's little-endian field as big-endian.
   */
  readonly interface: number;
  /** Socket cookie of the kernel, unsigned; on the wire a signed number. {@link NO_COOKIE} if unknown. */
  readonly cookie: bigint;
}

/** Addresses of a translated flow that its socket does not show, as `192.0.2.1:80` or `[2001:db8::1]:80`. */
export interface FlowAddresses {
  /** Destination: of a flow that the server's machine opened, the true one; else the one that the client asked for. */
  readonly destination?: string;
  /** Source: of a flow that the server's machine opened, as its peer sees it; else the client's own. */
  readonly source?: string;
}

/** Position of an event in the server's stream. Present with `-events.v2`, otherwise absent. */
export interface EventPosition {
  /**
   * Number of the event, consecutive from 1 at the server's start, counted even without clients: a gap means that this
   * client missed events. A replayed open event has the number of the last event before the replay, or 0.
   */
  readonly sequence?: number;
  /** Number of events since the server's start that were queued for any client but not delivered to it. */
  readonly dropped?: number;
}

/** Event when a flow is seen for the first time, or is replayed to a new client. */
export interface OpenEvent extends EventPosition {
  readonly kind: 'open';
  /** Time when the flow was first seen, RFC 3339 with up to nine fractional digits. */
  readonly timestamp: string;
  readonly uuid: string;
  readonly id: FlowId;
  /** Network namespace of the flow; absent for the server's own. */
  readonly netns?: Netns;
  /** Addresses that the flow's socket does not show, because they are translated; with `-conntrack`. */
  readonly nat?: FlowAddresses;
  /** True when the flow was already open when this client connected. Absent for new flows. */
  readonly replay?: true;
}

/** Event when a flow ends. The open event with the same UUID has its addresses and ports. */
export interface CloseEvent extends EventPosition {
  readonly kind: 'close';
  /** Time of the end, RFC 3339 with up to nine fractional digits; the reference uses the server's own offset. */
  readonly timestamp: string;
  readonly uuid: string;
  /** Network namespace of the flow; absent for the server's own. */
  readonly netns?: Netns;
  /** Time when the flow was first seen: the timestamp of the open event. With `-events.v2`. */
  readonly startTime?: string;
  /**
   * Cause of the end, with `-events.v2`: `event` (reported by the kernel), `vanished` (missing in scans), `reconnected`
   * (the socket was connected elsewhere), `shutdown` (the server ends). Later servers may send other causes.
   */
  readonly cause?: string;
  /** Last known counters of the connection, with `-events.v2`; absent if the kernel never reported any. */
  readonly final?: FinalCounters;
}

/**
 * Beginning or end of an alert. Clients get it with number 2 if the server was told to send alerts; the library's own
 * client passes it on as an {@link UnknownEvent}, as clients of the reference skip it.
 */
export interface AlertEvent extends EventPosition {
  readonly timestamp: string;
  /** UUID of the connection; empty for an alert of a group, of a host or of the machine. */
  readonly uuid: string;
  /** Name of the rule. */
  readonly name: string;
  /** `firing`, `resolved`, `ended`, or `more`: then `value` is the number of further alerts that fire. */
  readonly state: string;
  readonly severity: string;
  /** Null if it is not known. */
  readonly value: number | null;
  /** Reason of an end; empty for a beginning. */
  readonly reason: string;
  /** Connection, group or host that the alert is about. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Event of an unknown kind. Later servers may send such events; they are safe to ignore. */
export interface UnknownEvent {
  readonly kind: 'unknown';
  /** Numeric code of the event on the wire. */
  readonly event: number;
  /** The line as received. */
  readonly line: string;
}

export type FlowEvent = OpenEvent | CloseEvent | UnknownEvent;
