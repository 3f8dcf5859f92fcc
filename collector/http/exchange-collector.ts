import type { HttpExchange } from '../../http/index.js';
import { exchangeLine } from '../../http/report/index.js';
import type { Logger } from '../../log/index.js';
import type { ExchangeMetrics, PacketFigures } from '../../metrics/index.js';
import type { Netns } from '../../parse/index.js';
import { type Capture, type CaptureStart, Captures } from './captures.js';
import { ExchangeCounter, type NamedPorts } from './exchange-counter.js';

/** Options of {@link ExchangeCollector}. */
export interface ExchangeCollectorOptions {
  /** Starts the capture of a network namespace. @throws by rejection: why the namespace does not allow it */
  readonly startCapture: (start: CaptureStart) => Promise<Capture>;
  /** Absent when the metrics are disabled. */
  readonly metrics?: ExchangeMetrics;
  /** Port groups of metrics, without common ports. */
  readonly portGroups: readonly NamedPorts[];
  /** Returns an exchange as it may be archived. */
  readonly shown: (exchange: HttpExchange, netns: Netns | undefined) => HttpExchange;
  /** Takes a line with its newline for the archive; absent: exchanges are not archived. */
  readonly archive?: (line: string) => void;
  /** Takes each exchange as it was read; absent: nothing else wants them. */
  readonly onExchange?: (exchange: HttpExchange, netns: Netns | undefined) => void;
  readonly log: Logger;
}

/** Interval between two looks for lost packets. */
const LOOK_MS = 1000;

/** Reads HTTP exchanges from packets of all recorded network namespaces: counts them, and hands them over. */
export class ExchangeCollector {
  readonly #options: ExchangeCollectorOptions;
  readonly #captures: Captures;
  readonly #counter: ExchangeCounter | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ExchangeCollectorOptions) {
    this.#options = options;
    const { startCapture, metrics, portGroups, log } = options;
    this.#counter = metrics === undefined ? undefined : new ExchangeCounter(metrics, portGroups);
    this.#captures = new Captures({
      start: startCapture,
      onExchange: (exchange, netns) => this.#take(exchange, netns),
      log,
    });
    metrics?.figures.by(() => this.#captures.figures);
  }

  /** Figures of all captures since the start. */
  get figures(): PacketFigures {
    return this.#captures.figures;
  }

  /** Starts to read the own namespace. @throws by rejection: why that is not allowed */
  async start(): Promise<void> {
    await this.#captures.start();
    this.#timer = setInterval(() => this.#captures.reportLosses(), LOOK_MS).unref();
  }

  /** Starts to read a network namespace. `fd` is an open file of it. */
  entered(netns: Netns, fd: number): void {
    this.#captures.entered(netns, fd);
  }

  /** Ends reading a network namespace. */
  left(netns: Netns): void {
    this.#captures.left(netns);
  }

  /** Ends reading. Resolves when all exchanges have been handed over. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#captures.stop();
    this.#captures.reportLosses();
  }

  #take(exchange: HttpExchange, netns: Netns | undefined): void {
    const { archive, shown, onExchange } = this.#options;
    this.#counter?.add(exchange);
    archive?.(`${exchangeLine(shown(exchange, netns))}\n`);
    onExchange?.(exchange, netns);
  }
}
