import type { EndReason, Side } from '../../metrics/index.js';
import type { Answer, StreamedAnswer } from './answer.js';
import type { RequestBody } from './request-body.js';
import type { RequestHead } from './request-head.js';

/** Kind of a listening socket. */
export type Transport = 'tcp' | 'unix';

/** Client's request, until its answer is written. */
export interface Exchange extends RequestHead {
  readonly side: Side;
  /** Kind of the socket that the server listens on. */
  readonly transport: Transport;
  /** Address of this machine that the client connected to; empty for a unix socket. */
  readonly localAddress: string;
  /** Time when the request arrived, by `performance.now()`. */
  readonly startedMs: number;
  /**
   * Sets the callback that is called once, when the answer is written or the connection has ended; at once if it has.
   * It replaces an earlier one.
   */
  onDone(done: () => void): void;
  /**
   * Ends the connection as soon as the client has closed its side, although the answer is not ready: for a request that
   * waits for long. Otherwise a client may close its sending side, and read the answer.
   */
  watch(): void;
  /**
   * Reads the body, once. It is not read before: a request that must not pass costs no memory. The connection ends after
   * the answer to a request with a body.
   * @param maxBytes longest body; a longer one is not read
   */
  readBody(maxBytes: number): Promise<RequestBody>;
  /** Ends the connection. */
  abandon(reason: EndReason): void;
}

/** Function that answers a request. */
export type Handler = (exchange: Exchange) => Reply | Promise<Reply>;

/** Answer of one piece, or of many. */
export type Reply = Answer | StreamedAnswer;
