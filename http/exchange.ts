/** Why something of an exchange is not known, or null when all of it passed by. */
export type Missing = 'request' | 'response' | 'gap' | 'truncated' | 'start' | 'overload';

/**
 * Which end of a connection is this machine: `local` when both are, `forwarded` when neither is, `unknown` in captures
 * of files.
 */
export type HttpSide = 'server' | 'client' | 'local' | 'forwarded' | 'unknown';

/** Bytes of a message as they passed: its head with the empty line, and its body with what frames it. */
export interface MessageBytes {
  readonly head: number;
  readonly body: number;
}

/** What the kernel says of the connection that an exchange went over, at the moment of the exchange. */
export interface HttpConnection {
  /** Identity that its archive has. */
  readonly uuid: string;
  /** `tcpi_rtt` of this machine's end, in microseconds. */
  readonly rttUs: number;
  /** `tcpi_total_retrans` of this machine's end. */
  readonly totalRetrans: number;
  /** `tcpi_segs_out` of this machine's end, to make a share of the former. */
  readonly segsOut: number;
}

/** One request and its answer, or what of them is known (RFC 9112). */
export interface HttpExchange {
  /** When its first byte passed this machine's tap, in nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** The connection's state as the kernel tells it; null without a join, or when the socket was not found. */
  readonly connection: HttpConnection | null;
  /** Network namespace, or null for that of this process. */
  readonly netns: string | null;
  /** Name of the interface where its connection was first seen; its number when it has no name any more. */
  readonly interface: string;
  readonly side: HttpSide;
  /** `address:port`, `[address]:port` for IPv6, of who asks. */
  readonly client: string;
  /** As `client`, of who answers. */
  readonly server: string;
  /** null when the request is missing. */
  readonly method: string | null;
  /** Lower case, without port 80; the server's address when the request names none. */
  readonly host: string;
  /** Target without query, unless asked for; null when the request is missing. */
  readonly path: string | null;
  readonly section: string | null;
  /** `1.0` or `1.1`, of the request, or of the answer when the request is missing. */
  readonly version: string;
  /** null without an answer. */
  readonly status: number | null;
  readonly requestBytes: MessageBytes | null;
  readonly responseBytes: MessageBytes | null;
  /** Whether the length of a body is a distance of sequence numbers, because its chunk sizes were not captured. */
  readonly bodyEstimated: boolean;
  /** Microseconds from the request's first byte to its last; null when either is not known, as the next four. */
  readonly requestUs: number | null;
  /** Microseconds from the request's last byte to the (final) answer's first byte, at this machine's tap. */
  readonly ttfbUs: number | null;
  /** Microseconds from the answer's first byte to its last. */
  readonly responseUs: number | null;
  /** Microseconds from the request's first byte to the answer's last. */
  readonly durationUs: number | null;
  /** `ttfbUs` at the server's end; at the client's less the smoothed round trip, not below 0. */
  readonly serverUs: number | null;
  /** Which exchange of its connection this is, from 1. */
  readonly position: number;
  /** Whether an answer 1xx came before the final one. */
  readonly continued: boolean;
  /** Whether the connection is no HTTP any more after this (101, CONNECT). */
  readonly upgraded: boolean;
  /**
   * Whether a message has both Transfer-Encoding and Content-Length, which proxies may frame differently (RFC 9112
   * §6.1); absent is no.
   */
  readonly conflictingLength?: boolean;
  readonly missing: Missing | null;
  /** Only those asked for, names in lower case; `request` and `response` apart, because both may have one. */
  readonly headers: {
    readonly request: Readonly<Record<string, string>>;
    readonly response: Readonly<Record<string, string>>;
  };
}

/** Why a connection on these ports is let go. */
export type NotHttp = 'tls' | 'http2' | 'other';

/** What a tap saw, missed and could not read since it began, besides exchanges. */
export interface HttpCounts {
  /** Packets that the kernel put into the ring, and those that it dropped because the ring was full. */
  readonly packets: { readonly read: number; readonly dropped: number };
  /** Times that the kernel stopped because the ring was full. */
  readonly freezes: number;
  /** Holes in streams of bytes that were needed. */
  readonly gaps: number;
  readonly unpaired: Readonly<Record<Missing, number>>;
  /** Messages that are not HTTP as RFC 9112 has it, and packets that are not IP or TCP, by reason. */
  readonly unparsed: Readonly<Record<string, number>>;
  /** Connections that were let go. */
  readonly notHttp: Readonly<Record<NotHttp, number>>;
  /** Connections given up because there were too many at once; absent is none. */
  readonly evictedFlows?: number;
  /** Connections known now, and bytes held of them until what is ahead comes. */
  readonly flows: number;
  readonly heldBytes: number;
}
