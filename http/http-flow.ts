import type { HttpConnection, HttpSide } from './exchange.js';

/** Bytes of payload by direction on one interface, each counted once. */
export interface HttpTraffic {
  received: number;
  sent: number;
}

/** One end of a connection. */
export interface HttpEnd {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  /** 4 or 16 bytes. */
  readonly bytes: Uint8Array;
  readonly port: number;
}

/** A connection on which HTTP was seen, for the caller that joins it with the kernel's socket. */
export interface HttpFlow {
  /** `address:port`, `[address]:port` for IPv6, of who asks. */
  readonly client: string;
  readonly server: string;
  readonly side: HttpSide;
  readonly netns: string | null;
  readonly interface: string;
  /** This machine's end, and the other one; of `local` the server's. */
  readonly local: HttpEnd;
  readonly remote: HttpEnd;
  /** Connection that exchanges of this flow name. Set and renew it at any time. */
  connection: HttpConnection | null;
  /** When the caller renews it, in whole milliseconds of a clock of its own; null for never. Not read here. */
  renewMs: number | null;
}

/** A flow with what its exchanges need besides. */
export interface NamedFlow extends HttpFlow {
  /** Host of requests that name none. */
  readonly serverHost: string;
}
