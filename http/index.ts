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
export type { HttpEnd, HttpFlow, HttpTraffic } from './flow.js';
export { HttpTap, type HttpTapOptions, type OpenRequests, type PortRange } from './tap.js';
export { sectionOf } from './target.js';
