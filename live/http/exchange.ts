import type { EndReason, Side } from '../../metrics/index.js';
import type { Answer, StreamedAnswer } from './answer.js';
import type { RequestHead } from './request-head.js';

/** Client's request, until its answer is written. */
export interface Exchange extends RequestHead {
  readonly side: Side;
  /** Address of this machine that the client connected to; undefined for a unix socket. */
  readonly localAddress: string | undefined;
  /** Time when the request arrived, by `performance.now()`. */
  readonly startedMs: number;
  /** Sets a callback that is called once, when the answer is written or the connection has ended. */
  onDone(done: () => void): void;
  /** Ends the connection. */
  abandon(reason: EndReason): void;
}

/** Function that answers a request. */
export type Handler = (exchange: Exchange) => Reply | Promise<Reply>;

/** Answer of one piece, or of many. */
export type Reply = Answer | StreamedAnswer;
