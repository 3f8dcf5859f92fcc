import { type HttpCounts, type HttpExchange, HttpTap, type HttpTapOptions } from '../../http/index.js';
import { ENDS, type Ends, EPOCH, type Segment, toCursor, toPacket } from './wire.js';

export interface Captured {
  readonly exchanges: HttpExchange[];
  readonly counts: HttpCounts;
  readonly tap: HttpTap;
}

export interface CaptureOptions extends Partial<HttpTapOptions> {
  readonly ends?: Ends;
  /** Bytes kept of each packet. */
  readonly snaplen?: number;
  /** Milliseconds by which time goes on after the last packet. */
  readonly thenMs?: number;
}

/** Runs segments through a tap, and ends it unless time is to go on. */
export function capture(segments: readonly Segment[], options: CaptureOptions = {}): Captured {
  const { ends = ENDS, snaplen, thenMs, ...rest } = options;
  const exchanges: HttpExchange[] = [];
  const tap = new HttpTap({ ports: null, onExchange: (exchange) => exchanges.push(exchange), ...rest });
  for (const segment of segments) tap.addPacket(toCursor(toPacket(segment, ends), segment.timeMs, snaplen));
  if (thenMs === undefined) tap.end();
  else {
    const last = segments.at(-1)?.timeMs ?? 0;
    tap.advance(BigInt(EPOCH) * 1_000_000_000n + BigInt(Math.round((last + thenMs) * 1e6)));
  }
  return { exchanges, counts: tap.counts, tap };
}

/** Returns exchanges as short texts: method, path, status, what is missing. */
export function brief(exchanges: readonly HttpExchange[]): string[] {
  return exchanges.map(
    ({ method, path, status, missing }) =>
      `${method ?? '-'} ${path ?? '-'} ${status ?? '-'}${missing ? ` ${missing}` : ''}`,
  );
}
