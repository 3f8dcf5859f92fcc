import { readSport } from '../../inetdiag/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { Metrics } from '../../metrics/index.js';
import type { BoundedDumpRequest, DumpRequest, NetlinkAddon } from '../../native/index.js';
import { NLMSG_HDRLEN } from '../../netlink/index.js';

/** The kernel is not asked again sooner than this, and answers to questions in between are the last one's. */
const LOOK_EVERY_MS = 1000;
/** Share of this thread's time that looks may take: the next one waits for so many times the last one's length. */
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
 * Half-open connections: handshakes whose last packet is missing. The kernel is asked when the metrics are read, since
 * nothing else needs to know, and bounded in length and frequency, since it is a flood that makes them many.
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

  /** Returns how many there are of each local port; undefined when the kernel does not say. */
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
