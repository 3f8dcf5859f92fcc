import type { HttpExchange, PortRange } from '../../http/index.js';
import { exchangeLine, formatTimeUs, hostGroupJson } from '../../http/report/index.js';
import type { ExchangeMetrics, PacketFigures } from '../../metrics/index.js';
import type { HttpAnswering, HttpRates } from '../answers/index.js';
import type { HttpCaptureJson, HttpExchangeJson, HttpJson } from '../wire/index.js';
import { machineRates, partRates } from './http-subjects.js';
import { RecentExchanges } from './recent-exchanges.js';
import { RollingWindow } from './rolling-window.js';

/** Sections of a host in an answer. */
const MAX_SECTIONS = 20;

/** Options of {@link HttpAnswers}. */
export interface HttpAnswersOptions {
  readonly ports: readonly PortRange[];
  /** Absent when they are disabled. */
  readonly metrics?: ExchangeMetrics;
  /** Returns what captures have seen and missed. */
  readonly figures: () => PacketFigures;
  /** Returns the time, microseconds since 1970 (default: the machine's clock). */
  readonly nowUs?: () => number;
}

/** HTTP exchanges for the live API: hosts of the last 10 seconds, and the last exchanges of each connection. */
export class HttpAnswers implements HttpAnswering {
  readonly #options: HttpAnswersOptions;
  readonly #nowUs: () => number;
  readonly #recent: RecentExchanges;
  readonly #window: RollingWindow;

  constructor(options: HttpAnswersOptions) {
    this.#options = options;
    this.#nowUs = options.nowUs ?? (() => Date.now() * 1000);
    this.#recent = new RecentExchanges(options.metrics);
    this.#window = new RollingWindow(this.#nowUs());
  }

  /** Takes an exchange as it may be shown. */
  add(exchange: HttpExchange): void {
    this.#window.add(exchange, this.#nowUs());
    this.#recent.add(exchange);
  }

  hosts(limit: number): HttpJson {
    const nowUs = this.#nowUs();
    const window = this.#window.at(nowUs);
    const { hosts } = window;
    return {
      time: formatTimeUs(nowUs),
      from: formatTimeUs(window.fromUs),
      to: formatTimeUs(window.toUs),
      ports: this.#options.ports.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)),
      requests: window.requests,
      responses: window.responses,
      hostCount: hosts.filter(({ isRest }) => !isRest).length,
      hosts: hosts.slice(0, limit).map((group) => hostGroupJson(group, MAX_SECTIONS)),
      capture: captureJson(this.#options.figures()),
    };
  }

  /** Returns the HTTP of the machine in the last 10 whole seconds. */
  machine(): HttpRates {
    return machineRates(this.#window.at(this.#nowUs()));
  }

  /** Returns that of hosts, or of their sections. */
  subjects(by: 'host' | 'section'): HttpRates[] {
    return partRates(this.#window.at(this.#nowUs()), by);
  }

  exchangesOf(uuid: string): readonly HttpExchangeJson[] {
    // The line has the type's form: one place makes both.
    return this.#recent.of(uuid).map((exchange) => JSON.parse(exchangeLine(exchange)) as HttpExchangeJson);
  }
}

function captureJson({ packets, freezes, gaps, unparsed, unpaired, notHttp }: PacketFigures): HttpCaptureJson {
  return { packets: packets.read, dropped: packets.dropped, freezes, gaps, unparsed, unpaired, notHttp };
}
