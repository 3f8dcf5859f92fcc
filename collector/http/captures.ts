import type { HttpCounts, HttpExchange } from '../../http/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { PacketFigures } from '../../metrics/index.js';
import type { Netns } from '../../parse/index.js';

/** Capture of the packets of one network namespace. */
export interface Capture {
  /** Counts since its start. */
  readonly counts: HttpCounts;
  /** Takes no further packet, reports what is not whole, and resolves when everything has been reported. */
  close(): Promise<void>;
}

/** Options of one capture. */
export interface CaptureStart {
  /** Network namespace; absent for the collector's own. */
  readonly netns?: Netns;
  /** Open file of the namespace, which may be closed afterwards; absent for the collector's own. */
  readonly namespace?: number;
  /** Called with each exchange. */
  readonly onExchange: (exchange: HttpExchange) => void;
  /** Called once when the capture has ended because of an error, and has lost its packets since. */
  readonly onFailure: (error: unknown) => void;
}

/** Options of {@link Captures}. */
export interface CapturesOptions {
  /** Starts a capture. @throws by rejection: why the namespace does not allow it */
  readonly start: (start: CaptureStart) => Promise<Capture>;
  readonly onExchange: (exchange: HttpExchange, netns: Netns | undefined) => void;
  readonly log: Logger;
}

/** Capture of a namespace from when it is wanted; it may still be starting, or have failed to. */
interface Running {
  capture: Capture | undefined;
  readonly started: Promise<void>;
}

/** Captures of all recorded network namespaces: one each, from when it is entered until it is left. */
export class Captures {
  readonly #options: CapturesOptions;
  readonly #running = new Map<Netns | undefined, Running>();
  /** Captures that end, until everything of theirs has been reported. */
  readonly #ending = new Map<Running, Promise<void>>();
  /** Counts of captures that have ended. */
  #past: PacketFigures = NONE;
  readonly #trouble: TroubleLog;
  readonly #losses: TroubleLog;
  #lostBefore = 0;

  constructor(options: CapturesOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
    this.#losses = new TroubleLog(options.log);
  }

  /** Starts the capture of the own namespace. @throws by rejection: why that is not allowed */
  async start(): Promise<void> {
    await this.#begin(undefined, {}).started;
  }

  /** Starts the capture of a namespace. One that does not allow it is logged, and has none. */
  entered(netns: Netns, fd: number): void {
    this.#begin(netns, { netns, namespace: fd }).started.then(
      () => this.#trouble.succeeded('packets of network namespaces can be read again'),
      (error: unknown) => this.#failed(netns, error),
    );
  }

  /** Ends the capture of a namespace. */
  left(netns: Netns): void {
    const running = this.#running.get(netns);
    if (running === undefined) return;
    this.#running.delete(netns);
    void this.#end(running, netns);
  }

  /** Ends all captures. Resolves when all exchanges have been reported. */
  async stop(): Promise<void> {
    for (const [netns, running] of this.#running) void this.#end(running, netns);
    this.#running.clear();
    await Promise.all(this.#ending.values());
  }

  /** Counts of all captures since the start. */
  get figures(): PacketFigures {
    return [...this.#running.values(), ...this.#ending.keys()].reduce(
      (sum, { capture }) => (capture === undefined ? sum : add(sum, capture.counts)),
      this.#past,
    );
  }

  /** Logs once that packets are being lost, and once that they no longer are. Call it now and then. */
  reportLosses(): void {
    const { packets } = this.figures;
    const lost = packets.dropped - this.#lostBefore;
    this.#lostBefore = packets.dropped;
    if (lost === 0) {
      this.#losses.succeeded('packets with HTTP are no longer being lost');
      return;
    }
    this.#losses.failed('packets with HTTP are being lost: the kernel drops them (tcpinfo_packets_total)', { lost });
  }

  #begin(netns: Netns | undefined, where: Pick<CaptureStart, 'netns' | 'namespace'>): Running {
    const { start, onExchange } = this.#options;
    const running: Running = {
      capture: undefined,
      started: start({
        ...where,
        onExchange: (exchange) => onExchange(exchange, netns),
        onFailure: (error) => this.#failed(netns, error),
      }).then((capture) => {
        running.capture = capture;
      }),
    };
    this.#running.set(netns, running);
    return running;
  }

  #end(running: Running, netns: Netns | undefined): Promise<void> {
    const close = async (): Promise<void> => {
      try {
        await running.started;
      } catch {
        return; // reported when it failed
      }
      try {
        await running.capture?.close();
      } catch (error) {
        this.#failed(netns, error);
      }
    };
    const ending = close().finally(() => {
      this.#ending.delete(running);
      const { capture } = running;
      if (capture !== undefined) this.#past = { ...add(this.#past, capture.counts), flows: 0, heldBytes: 0 };
    });
    this.#ending.set(running, ending);
    return ending;
  }

  #failed(netns: Netns | undefined, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#trouble.failed('packets of a network namespace cannot be read: its HTTP is not seen', {
      ...(netns === undefined ? {} : { netns: netns.name }),
      error: reason,
    });
  }
}

const NONE: PacketFigures = {
  packets: { read: 0, dropped: 0 },
  freezes: 0,
  gaps: 0,
  evictedFlows: 0,
  unpaired: { request: 0, response: 0, gap: 0, truncated: 0, start: 0, overload: 0 },
  unparsed: {},
  notHttp: { tls: 0, http2: 0, other: 0 },
  flows: 0,
  heldBytes: 0,
};

function add(sum: PacketFigures, counts: HttpCounts): PacketFigures {
  return {
    packets: {
      read: sum.packets.read + counts.packets.read,
      dropped: sum.packets.dropped + counts.packets.dropped,
    },
    freezes: sum.freezes + counts.freezes,
    gaps: sum.gaps + counts.gaps,
    evictedFlows: sum.evictedFlows + (counts.evictedFlows ?? 0),
    unpaired: addEach(sum.unpaired, counts.unpaired),
    unparsed: addEach(sum.unparsed, counts.unparsed),
    notHttp: addEach(sum.notHttp, counts.notHttp),
    flows: sum.flows + counts.flows,
    heldBytes: sum.heldBytes + counts.heldBytes,
  };
}

function addEach(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sum: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
