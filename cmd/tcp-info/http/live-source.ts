import { bootUuidPrefix } from '../../../host/index.js';
import type { CountedExchange, HttpCounts, OpenRequests, PortRange } from '../../../http/index.js';
import { HttpCapture } from '../../../http/kernel/index.js';
import type { JoinCounts } from '../../../view/http/index.js';
import type { ExchangeSink, HttpSource } from './http-source.js';
import type { HttpOptions } from './options.js';

/** Options of {@link LiveSource}. */
export interface LiveSourceOptions {
  readonly options: HttpOptions;
  readonly ports: readonly PortRange[];
  readonly headers: readonly string[];
  /** True if nothing but totals is needed: then no exchange is made. */
  readonly isCounted: boolean;
  /** Called with a sentence on what cannot be followed any longer. */
  readonly say: (text: string) => void;
}

/** Longest time from a packet until it is read, microseconds: twice the time after which the kernel closes a block. */
const DELAY_US = 50_000;

/** Exchanges of the network, as they pass. */
export class LiveSource implements HttpSource {
  readonly name: string;
  #capture: HttpCapture | undefined;
  /** Exchanges before {@link run}. */
  readonly #early: ((sink: ExchangeSink) => void)[] = [];
  #sink: ExchangeSink = {
    add: (exchange) => void this.#early.push((sink) => sink.add(exchange)),
    count: (exchange) => {
      const kept = { ...exchange };
      this.#early.push((sink) => sink.count(kept));
    },
  };
  #fail: (error: unknown) => void = () => undefined;
  readonly #failed: Promise<never>;

  private constructor(ports: readonly PortRange[]) {
    const names = ports.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`));
    this.name = `${names.length === 1 && ports[0]?.first === ports[0]?.last ? 'port' : 'ports'} ${names.join(', ')}`;
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // `run` waits for it; a failure before or after must not end the process.
    this.#failed.catch(() => undefined);
  }

  /** Starts to capture. @throws PacketCaptureError, NamespaceError, SockDiagError, ConntrackError, AddonError, BootPrefixError */
  static async open({ options, ports, headers, isCounted, say }: LiveSourceOptions): Promise<LiveSource> {
    const { netns, interface: interfaces, promiscuous, capture, ring, query, join } = options;
    const source = new LiveSource(ports);
    source.#capture = await HttpCapture.open({
      ports,
      headers,
      mode: capture,
      ringBytes: ring,
      keepsQuery: query,
      onExchange: (exchange) => source.#sink.add(exchange),
      ...(isCounted ? { onCounted: (exchange: CountedExchange) => source.#sink.count(exchange) } : {}),
      onFailure: (error) => source.#fail(error),
      onStale: (error) => say(error instanceof Error ? error.message : String(error)),
      ...(netns === undefined ? {} : { namespace: netns }),
      ...(interfaces === undefined ? {} : { interfaces }),
      ...(promiscuous && interfaces !== undefined ? { promiscuous: interfaces } : {}),
      ...(join ? { join: { uuidPrefix: bootUuidPrefix(process.env), findsTranslated: true } } : {}),
    });
    return source;
  }

  get counts(): HttpCounts {
    return this.#opened().counts;
  }

  get join(): JoinCounts | undefined {
    const { joins } = this.#opened();
    return joins === undefined ? undefined : { found: joins.joined, asked: joins.flows };
  }

  get open(): OpenRequests | null {
    return this.#opened().openRequests();
  }

  get nowUs(): number {
    return Date.now() * 1000 - DELAY_US;
  }

  async run(sink: ExchangeSink, _: () => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#sink = sink;
    for (const deliver of this.#early.splice(0)) deliver(sink);
    try {
      await Promise.race([this.#failed, aborted(signal)]);
    } finally {
      await this.#opened().close();
    }
  }

  #opened(): HttpCapture {
    if (this.#capture === undefined) throw new Error('capture is not open');
    return this.#capture;
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
