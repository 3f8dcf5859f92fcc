import { decodeSockId, INET_DIAG_MSG, readCookie } from '../../inetdiag/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import { type ListenerFigures, type ListenerPort, type Metrics, OTHER_PORTS } from '../../metrics/index.js';
import { type AnyBatch, readQuietScans, type ScanFigures } from '../../native/index.js';
import { DecodeError, fieldOf, NLMSG_HDRLEN, readU32 } from '../../netlink/index.js';
import type { HalfOpen } from './half-open.js';

/** Maximum number of ports with series of their own; further ports share one series. */
const MAX_PORTS = 128;
/** Failed scans in a row after which the listeners count as unknown. */
const MAX_FAILURES = 5;

const RQUEUE = fieldOf(INET_DIAG_MSG, 'rqueue').offset;
const WQUEUE = fieldOf(INET_DIAG_MSG, 'wqueue').offset;

/** Counts half-open connections by local port. */
type HalfOpenPorts = Pick<HalfOpen, 'byPort'>;

interface Listener {
  readonly port: number;
  /** Connections waiting to be accepted: `idiag_rqueue` of a listener. */
  readonly queued: number;
  /** Limit of waiting connections: `idiag_wqueue` of a listener. */
  readonly backlog: number;
}

/** Listening sockets of the own network namespace, from the batches of their source. */
export class Listeners {
  readonly #metrics: Pick<Metrics, 'reference' | 'scan'>;
  readonly #trouble: TroubleLog;
  readonly #discardTrouble: TroubleLog;
  readonly #halfOpen: HalfOpenPorts | undefined;
  readonly #byCookie = new Map<bigint, Listener>();
  /** Ports with series of their own. */
  readonly #named = new Set<number>();
  /** Failed scans in a row; before the first scan the listeners are unknown, too. */
  #failures = MAX_FAILURES;

  /** @param halfOpen counts half-open connections; absent: they are not counted */
  constructor(metrics: Pick<Metrics, 'reference' | 'scan'>, log: Logger, halfOpen?: HalfOpenPorts) {
    this.#metrics = metrics;
    this.#halfOpen = halfOpen;
    this.#trouble = new TroubleLog(log);
    this.#discardTrouble = new TroubleLog(log);
  }

  /** Processes a batch of the source. */
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

  /** Returns figures of the current listeners; undefined while they are unknown. */
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
        // sk_acceptq_is_full() lets one more connection wait than the argument of listen().
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

  /** Returns half-open connections by the name of the port, without ports that have no known listener. */
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

  /** Removes the series of ports without a listener, and gives free series to other ports, the lowest first. */
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
