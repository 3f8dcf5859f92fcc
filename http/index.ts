/** Plain HTTP/1.x as it passes: framing, pairing, groups. */
export type {
  HttpConnection,
  HttpCounts,
  HttpExchange,
  HttpSide,
  MessageBytes,
  Missing,
  NotHttp,
} from './exchange.js';
