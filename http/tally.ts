import type { HttpCounts, Missing, NotHttp } from './exchange.js';

/** Counters of a tap while it runs. */
export class Tally {
  read = 0;
  dropped = 0;
  gaps = 0;
  evictedFlows = 0;
  readonly unpaired: Record<Missing, number> = {
    request: 0,
    response: 0,
    gap: 0,
    truncated: 0,
    start: 0,
    overload: 0,
  };
  /** Reasons are few and known: those of packets and of messages. */
  readonly unparsed: Record<string, number> = {
    short: 0,
    version: 0,
    options: 0,
    length: 0,
    fragment: 0,
    protocol: 0,
    block: 0,
    'http-startLine': 0,
    'http-version': 0,
    'http-field': 0,
    'http-fields': 0,
    'http-length': 0,
    'http-coding': 0,
    'http-chunk': 0,
  };
  readonly notHttp: Record<NotHttp, number> = { tls: 0, http2: 0, other: 0 };

  unparse(reason: string, count = 1): void {
    this.unparsed[reason] = (this.unparsed[reason] ?? 0) + count;
  }

  /** Returns a copy as it is published. */
  counts(freezes: number, flows: number, heldBytes: number): HttpCounts {
    return {
      packets: { read: this.read, dropped: this.dropped },
      freezes,
      gaps: this.gaps,
      unpaired: { ...this.unpaired },
      unparsed: { ...this.unparsed },
      notHttp: { ...this.notHttp },
      evictedFlows: this.evictedFlows,
      flows,
      heldBytes,
    };
  }
}
