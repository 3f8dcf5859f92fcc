import type { HttpConnection, HttpExchange, HttpSide, MessageBytes, Missing } from './exchange.js';

/** Part of an exchange that totals need. Members that {@link HttpExchange} has too mean the same. */
export interface CountedExchange {
  /** When its first byte passed this machine's tap, in microseconds since 1970. */
  readonly beginUs: number;
  readonly connection: HttpConnection | null;
  readonly interface: string;
  readonly side: HttpSide;
  readonly method: string | null;
  readonly host: string;
  readonly section: string | null;
  readonly status: number | null;
  /** Bytes of the request and of the answer, head and body; 0 for one that is missing. */
  readonly requestLength: number;
  readonly responseLength: number;
  readonly requestUs: number | null;
  readonly ttfbUs: number | null;
  readonly responseUs: number | null;
  readonly durationUs: number | null;
  readonly serverUs: number | null;
  readonly missing: Missing | null;
}

/** One that is filled again for each exchange: a busy server's exchanges would otherwise be most of all garbage. */
export type CountedExchangeBuffer = { -readonly [Key in keyof CountedExchange]: CountedExchange[Key] };

/** Creates an empty one. */
export function createCountedExchange(): CountedExchangeBuffer {
  return {
    // Not 0, so that engines keep a field for large numbers from the start.
    beginUs: 0.5,
    connection: null,
    interface: '',
    side: 'unknown',
    method: null,
    host: '',
    section: null,
    status: null,
    requestLength: 0,
    responseLength: 0,
    requestUs: null,
    ttfbUs: null,
    responseUs: null,
    durationUs: null,
    serverUs: null,
    missing: null,
  };
}

/** Returns the part of an exchange that totals need. */
export function countedExchange(exchange: HttpExchange): CountedExchange {
  const { connection, side, method, host, section, status, requestUs, ttfbUs, responseUs, missing } = exchange;
  return {
    beginUs: microseconds(exchange.timeNs),
    connection,
    interface: exchange.interface,
    side,
    method,
    host,
    section,
    status,
    requestLength: lengthOf(exchange.requestBytes),
    responseLength: lengthOf(exchange.responseBytes),
    requestUs,
    ttfbUs,
    responseUs,
    durationUs: exchange.durationUs,
    serverUs: exchange.serverUs,
    missing,
  };
}

/** Returns microseconds of nanoseconds since 1970, rounded; exact for whole ones until 2255. */
export function microseconds(ns: bigint): number {
  return Math.round(Number(ns) / 1000);
}

function lengthOf(bytes: MessageBytes | null): number {
  return bytes === null ? 0 : bytes.head + bytes.body;
}
