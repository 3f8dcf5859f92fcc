import { readSport } from '../../inetdiag/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { Metrics } from '../../metrics/index.js';
import type { BoundedDumpRequest, DumpRequest, NetlinkAddon } from '../../native/index.js';
import { NLMSG_HDRLEN } from '../../netlink/index.js';

/** Shortest interval between two requests to the kernel, milliseconds. Calls in between return the last result. */
const LOOK_EVERY_MS = 1000;
/** Wait before the next request, as a multiple of the last one's duration: requests take at most 1 % of this thread. */
const WAIT_BY_LENGTH = 100;
/** About 65,536 half-open connections of 96 bytes: a larger flood shows as that many. */
const MAX_BYTES = 65_536 * 96;

/** Options of {@link HalfOpen}. */
export interface HalfOpenOptions {
  readonly netlink: Pick<NetlinkAddon, 'dump'>;
  /** Request for the sockets in SYN_RECV. */
  readonly request: DumpRequest;
  readonly metrics: Pick<Metrics, 'reference'>;
  readonly log: Logger;
  /** A clock in milliseconds that never goes backwards. */
  readonly nowMs?: () => number;
}

/**
 * Counts half-open connections: handshakes whose last packet is missing. Requests them from the kernel only when the
 * metrics are read, because nothing else uses them; bounded in size and frequency, because floods create many of them.
 */
export class HalfOpen {
  readonly #netlink: Pick<NetlinkAddon, 'dump'>;
  readonly #request: BoundedDumpRequest;
  readonly #metrics: Pick<Metrics, 'reference'>;
  readonly #trouble: TroubleLog;
  readonly #nowMs: () => number;
  #nextMs = Number.NEGATIVE_INFINITY;
  #found: ReadonlyMap<number, number> | undefined;

  constructor({ netlink, request, metrics, log, nowMs = () => performance.now() }: HalfOpenOptions) {
    this.#netlink = netlink;
    this.#request = { ...request, maxBytes: MAX_BYTES };
    this.#metrics = metrics;
    this.#trouble = new TroubleLog(log, { nowMs });
    this.#nowMs = nowMs;
  }

  /** Returns the number of half-open connections per local port; undefined when the request fails. */
  byPort(): ReadonlyMap<number, number> | undefined {
    const startMs = this.#nowMs();
    if (startMs < this.#nextMs) return this.#found;
    this.#found = this.#look();
    const endMs = this.#nowMs();
    this.#nextMs = endMs + Math.max(LOOK_EVERY_MS, WAIT_BY_LENGTH * (endMs - startMs));
    return this.#found;
  }

  #look(): ReadonlyMap<number, number> | undefined {
    try {
      const { data, messages } = this.#netlink.dump(this.#request);
      this.#trouble.succeeded('half-open connections are counted again');
      return countPorts(data, messages);
    } catch (error) {
      if (!(error instanceof Error && 'errno' in error)) throw error;
      const { code, syscall, errno } = error as NodeJS.ErrnoException;
      this.#metrics.reference.errors.inc(`half-open ${syscall}`);
      this.#trouble.failed('half-open connections cannot be counted', { code, op: syscall, errno });
      return undefined;
    }
  }
}

function countPorts(data: Uint8Array, messages: Uint32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i + 1 < messages.length; i += 2) {
    const at = messages[i] ?? 0;
    const port = readSport(data.subarray(at + NLMSG_HDRLEN, at + (messages[i + 1] ?? 0)));
    counts.set(port, (counts.get(port) ?? 0) + 1);
  }
  return counts;
}
