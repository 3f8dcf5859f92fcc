import { decodeSockId, INET_DIAG_MSG, readCookie } from '../../inetdiag/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import { type ListenerFigures, type ListenerPort, type Metrics, OTHER_PORTS } from '../../metrics/index.js';
import { type AnyBatch, readQuietScans, type ScanFigures } from '../../native/index.js';
import { DecodeError, fieldOf, NLMSG_HDRLEN, readU32 } from '../../netlink/index.js';
import type { HalfOpen } from './half-open.js';

/** Ports that have series of their own; more of them are told of together. */
const MAX_PORTS = 128;
/** After as many scans in a row that failed nothing is known any more. */
const MAX_FAILURES = 5;

const RQUEUE = fieldOf(INET_DIAG_MSG, 'rqueue').offset;
const WQUEUE = fieldOf(INET_DIAG_MSG, 'wqueue').offset;

/** Counts half-open connections by local port. */
type HalfOpenPorts = Pick<HalfOpen, 'byPort'>;

interface Listener {
  readonly port: number;
  /** Connections that wait to be accepted: `idiag_rqueue` of a listener. */
  readonly queued: number;
  /** How many may wait: `idiag_wqueue` of a listener. */
  readonly backlog: number;
}

/** The listening sockets of the own network namespace, from the batches of their source. */
export class Listeners {
  readonly #metrics: Pick<Metrics, 'reference' | 'scan'>;
  readonly #trouble: TroubleLog;
  readonly #discardTrouble: TroubleLog;
  readonly #halfOpen: HalfOpenPorts | undefined;
  readonly #byCookie = new Map<bigint, Listener>();
  /** Ports with series of their own. */
  readonly #named = new Set<number>();
  /** Scans in a row that failed; before the first one nothing is known either. */
  #failures = MAX_FAILURES;

  /** @param halfOpen counts connections that are half open, where these are wanted */
  constructor(metrics: Pick<Metrics, 'reference' | 'scan'>, log: Logger, halfOpen?: HalfOpenPorts) {
    this.#metrics = metrics;
    this.#halfOpen = halfOpen;
    this.#trouble = new TroubleLog(log);
    this.#discardTrouble = new TroubleLog(log);
  }

  /** Takes in what the source brought. */
  take(batch: AnyBatch): void {
    if (batch.kind === 'quiet') {
      for (const scan of readQuietScans(batch)) this.#scanned(scan);
    }
    if (batch.kind !== 'scan') return;
    for (let i = 0; i + 1 < batch.changed.length; i += 2) {
      const at = batch.changed[i] ?? 0;
      this.#tryTake(batch.data.subarray(at + NLMSG_HDRLEN, at + (batch.changed[i + 1] ?? 0)));
    }
    for (const cookie of batch.gone) this.#byCookie.delete(cookie);
    this.#namePorts();
    this.#scanned(batch);
  }

  /** What listens now; undefined while that is not known. */
  figures(): ListenerFigures | undefined {
    if (this.#failures >= MAX_FAILURES) return undefined;
    const ports = new Map<string, ListenerPort>();
    const listening = new Set<number>();
    for (const { port: number, queued, backlog } of this.#byCookie.values()) {
      listening.add(number);
      const port = this.#nameOf(number);
      const before = ports.get(port) ?? { queued: 0, backlog: 0, fillRatio: 0 };
      ports.set(port, {
        port,
        queued: before.queued + queued,
        backlog: before.backlog + backlog,
        // sk_acceptq_is_full() lets one more wait than listen() was told.
        fillRatio: Math.max(before.fillRatio, queued / (backlog + 1)),
      });
    }
    return {
      listeners: this.#byCookie.size,
      ports: [...ports.values()],
      halfOpen: this.#halfOpenBy([...ports.keys()], listening),
    };
  }

  #nameOf(port: number): string {
    return this.#named.has(port) ? String(port) : OTHER_PORTS;
  }

  /** By the names of ports; of ports on which nothing is known to listen (any longer) they are left out. */
  #halfOpenBy(names: readonly string[], listening: ReadonlySet<number>): ReadonlyMap<string, number> | undefined {
    const found = this.#halfOpen?.byPort();
    if (found === undefined) return undefined;
    const byName = new Map(names.map((name) => [name, 0]));
    for (const [port, count] of found) {
      const name = this.#nameOf(port);
      if (listening.has(port)) byName.set(name, (byName.get(name) ?? 0) + count);
    }
    return byName;
  }

  #tryTake(rawIdm: Uint8Array): void {
    try {
      const { sport } = decodeSockId(rawIdm);
      this.#byCookie.set(readCookie(rawIdm), {
        port: sport,
        queued: readU32(rawIdm, RQUEUE) ?? 0,
        backlog: readU32(rawIdm, WQUEUE) ?? 0,
      });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#metrics.scan.messagesDiscarded.inc('malformed');
      this.#discardTrouble.failed('netlink message discarded', { code: error.code, reason: error.message });
    }
  }

  /** Gives up the series of ports that nobody listens on, and gives their places away, the lowest port first. */
  #namePorts(): void {
    const ports = new Set<number>();
    for (const { port } of this.#byCookie.values()) ports.add(port);
    for (const port of this.#named) if (!ports.has(port)) this.#named.delete(port);
    if (this.#named.size >= MAX_PORTS || this.#named.size === ports.size) return;
    for (const port of [...ports].sort((a, b) => a - b)) {
      if (this.#named.size >= MAX_PORTS) return;
      this.#named.add(port);
    }
  }

  #scanned({ failure }: Pick<ScanFigures, 'failure'>): void {
    if (failure === undefined) {
      this.#failures = 0;
      this.#trouble.succeeded('scans of listening sockets are complete again');
      return;
    }
    this.#failures++;
    const { code, op, errno } = failure;
    this.#metrics.reference.errors.inc(`listeners ${op}`);
    this.#trouble.failed('scan of listening sockets failed', { code, op, errno });
  }
}
