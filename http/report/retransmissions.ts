import type { HttpConnection } from '../index.js';

/** Connections whose last counters are kept; of further ones the longest unchanged is forgotten. */
const MAX_CONNECTIONS = 16_384;

/** Segments that this machine's end sent, and those of them that it sent again. */
export interface SentSegments {
  readonly sent: number;
  readonly resent: number;
}

const NOTHING: SentSegments = { sent: 0, resent: 0 };

interface Counters {
  readonly segsOut: number;
  readonly totalRetrans: number;
}

/** Growth of the counters of connections: what each exchange adds to what is known of its connection. */
export class SegmentGrowth {
  readonly #last = new Map<string, Counters>();

  /** Returns the segments since the connection was last seen; of a new one, since it began. */
  since({ uuid, segsOut, totalRetrans }: HttpConnection): SentSegments {
    const last = this.#last.get(uuid);
    // The counters are read less often than exchanges come.
    if (last?.segsOut === segsOut && last.totalRetrans === totalRetrans) return NOTHING;
    // Behind all others, so that the first one is the longest unchanged.
    this.#last.delete(uuid);
    this.#last.set(uuid, { segsOut, totalRetrans });
    if (this.#last.size > MAX_CONNECTIONS) this.#forgetOldest();
    return {
      sent: Math.max(0, segsOut - (last?.segsOut ?? 0)),
      resent: Math.max(0, totalRetrans - (last?.totalRetrans ?? 0)),
    };
  }

  #forgetOldest(): void {
    for (const uuid of this.#last.keys()) {
      this.#last.delete(uuid);
      return;
    }
  }
}
