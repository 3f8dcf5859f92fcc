/** Plain HTTP/1.x as it passes: framing, pairing, groups. */
export { type CountedExchange, countedExchange, microseconds } from './counted-exchange.js';
export type {
  HttpConnection,
  HttpCounts,
  HttpExchange,
  HttpSide,
  MessageBytes,
  Missing,
  NotHttp,
} from './exchange.js';
export type { HttpEnd, HttpFlow, HttpTraffic } from './http-flow.js';
export { joinExchange } from './joined-exchange.js';
export { HttpTap, type OpenRequests } from './tap.js';
export type { HttpTapOptions, PortRange } from './tap-options.js';
export { sectionOf } from './target.js';
