import type { HttpExchange, PortRange } from '../../http/index.js';
import {
  exchangeLine,
  formatTimeUs,
  HttpWindow,
  HttpWindows,
  hostGroupJson,
  SegmentGrowth,
} from '../../http/report/index.js';
import type { ExchangeMetrics, PacketFigures } from '../../metrics/index.js';
import type { HttpAnswering } from '../answers/index.js';
import type { HttpCaptureJson, HttpExchangeJson, HttpJson } from '../wire/index.js';
import { RecentExchanges } from './recent-exchanges.js';

/** Length of a window. */
const WINDOW_US = 10e6;
/** Longest wait for the answers to requests of a window that is over. */
const LATE_US = 1e6;
/** Sections of a host in an answer. */
const MAX_SECTIONS = 20;
/** Interval at which windows are looked at. */
const TICK_MS = 250;

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

/** HTTP exchanges for the live API: hosts of the last window, and the last exchanges of each connection. */
export class HttpAnswers implements HttpAnswering {
  readonly #options: HttpAnswersOptions;
  readonly #nowUs: () => number;
  readonly #recent: RecentExchanges;
  readonly #windows: HttpWindows;
  /** The last window that is whole; before there is one, undefined. */
  #last: HttpWindow | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HttpAnswersOptions) {
    this.#options = options;
    this.#nowUs = options.nowUs ?? (() => Date.now() * 1000);
    this.#recent = new RecentExchanges(options.metrics);
    this.#windows = new HttpWindows({
      spanUs: WINDOW_US,
      fromUs: this.#nowUs(),
      onWindow: (window) => {
        this.#last = window;
      },
    });
  }

  /** Begins to end windows as time passes. */
  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Ends the window whose time is over. */
  tick(): void {
    const nowUs = this.#nowUs();
    // A window waits a little: exchanges become known with the end of their answer.
    this.#windows.advance(nowUs, nowUs - LATE_US);
  }

  /** Takes an exchange as it may be shown. */
  add(exchange: HttpExchange): void {
    this.#windows.add(exchange);
    this.#recent.add(exchange);
  }

  hosts(limit: number): HttpJson {
    const nowUs = this.#nowUs();
    const window = this.#last ?? this.#windows.current ?? new HttpWindow(nowUs, nowUs, new SegmentGrowth());
    const { hosts } = window;
    return {
      time: formatTimeUs(nowUs),
      from: formatTimeUs(window.fromUs),
      to: formatTimeUs(Math.min(window.toUs, nowUs)),
      ports: this.#options.ports.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)),
      requests: window.requests,
      responses: window.responses,
      hostCount: hosts.filter(({ isRest }) => !isRest).length,
      hosts: hosts.slice(0, limit).map((group) => hostGroupJson(group, MAX_SECTIONS)),
      capture: captureJson(this.#options.figures()),
    };
  }

  exchangesOf(uuid: string): readonly HttpExchangeJson[] {
    // The line has the type's form: one place makes both.
    return this.#recent.of(uuid).map((exchange) => JSON.parse(exchangeLine(exchange)) as HttpExchangeJson);
  }
}

function captureJson({ packets, freezes, gaps, unparsed, unpaired, notHttp }: PacketFigures): HttpCaptureJson {
  return { packets: packets.read, dropped: packets.dropped, freezes, gaps, unparsed, unpaired, notHttp };
}
