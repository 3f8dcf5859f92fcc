import { release } from 'node:os';
import type { Capture, CaptureStart, ExchangeCollector } from '../collector/http/index.js';
import type { HttpExchange, PortRange } from '../http/index.js';
import type { HttpAnswers } from '../live/exchanges/index.js';
import type { Logger } from '../log/index.js';
import type { ExchangeMetricsOptions, Metrics } from '../metrics/index.js';
import type { NetlinkAddon } from '../native/index.js';
import type { Netns } from '../parse/index.js';
import { type AnonymizeMethod, createAnonymizeAddress, type Saver } from '../saver/index.js';
import type { AddressBooks } from './address-books.js';
import type { Config } from './config.js';
import { type UuidPrefix, uuidPrefixIn } from './uuid-prefix.js';

/** Functions that capture packets. */
type HttpKernel = typeof import('../http/kernel/index.js');

/** Functions that read HTTP from packets, as far as it is read. */
export interface LoadedHttp {
  /** Absent without `-http.ports`. */
  readonly http?: {
    readonly module: typeof import('../collector/http/index.js');
    readonly kernel: HttpKernel;
    /** Absent without the live API and without alerts, too. */
    readonly live?: typeof import('../live/exchanges/index.js');
  };
}

/** Thrown when HTTP is to be read, and packets cannot be. */
export class HttpReadError extends Error {
  override readonly name = 'HttpReadError';
  readonly code = 'ERR_HTTP_READ';

  /** @param cause reason, with a message for users */
  constructor(cause: Error) {
    super(`-http.ports: HTTP cannot be read: ${cause.message}`, { cause });
  }
}

/** Loads the functions that read HTTP; none without `-http.ports`. */
export async function loadHttp({ http, live, alerts }: Config): Promise<LoadedHttp> {
  if (http === undefined) return {};
  return {
    http: {
      module: await import('../collector/http/index.js'),
      kernel: await import('../http/kernel/index.js'),
      ...(live === undefined && alerts === undefined ? {} : { live: await import('../live/exchanges/index.js') }),
    },
  };
}

/** Options of {@link createExchanges}. */
export interface ExchangesOptions extends LoadedHttp {
  readonly config: Config;
  readonly prefix: UuidPrefix;
  readonly netlink: NetlinkAddon;
  readonly addresses: AddressBooks;
  readonly metrics: Metrics;
  /** Takes lines of archives. */
  readonly saver: Pick<Saver, 'exchanged'>;
  readonly log: Logger;
}

/** Parts that read HTTP. */
export interface Exchanges {
  readonly collector: ExchangeCollector;
  /** Absent without the live API. */
  readonly answers?: HttpAnswers;
}

/** Returns the options of the metrics of exchanges; undefined without `-http.ports`. */
export function exchangeMetrics({ http }: LoadedHttp, config: Config): ExchangeMetricsOptions | undefined {
  if (http === undefined || config.http === undefined) return undefined;
  return { portGroups: http.module.groupsOfPorts(config.portGroups, config.http.ports), hosts: config.http.hosts };
}

/** Creates the parts that read HTTP; undefined without `-http.ports`. */
export function createExchanges(options: ExchangesOptions): Exchanges | undefined {
  const { http: loaded, config, addresses, saver, log } = options;
  const { http: settings, live } = config;
  if (loaded === undefined || settings === undefined) return undefined;
  const metrics = options.metrics.exchanges === undefined ? {} : { metrics: options.metrics.exchanges };
  const answers =
    loaded.live === undefined
      ? undefined
      : new loaded.live.HttpAnswers({ ports: settings.ports, ...metrics, figures: () => collector.figures });
  const shownLive = shownBy(live?.fullAddresses === true ? 'none' : config.anonymize, addresses);
  const collector: ExchangeCollector = new loaded.module.ExchangeCollector({
    startCapture: (start) => startCapture(options, loaded.kernel, settings.ports, start),
    ...metrics,
    portGroups: config.portGroups,
    shown: shownBy(config.anonymize, addresses),
    ...(settings.inArchives ? { archive: (line) => saver.exchanged(line) } : {}),
    ...(answers === undefined ? {} : { onExchange: (exchange, netns) => answers.add(shownLive(exchange, netns)) }),
    log,
  });
  return { collector, ...(answers === undefined ? {} : { answers }) };
}

/** Starts the capture of a network namespace. @throws by rejection: HttpReadError */
async function startCapture(
  { config, prefix, netlink, log }: ExchangesOptions,
  { HttpCapture, PacketCaptureError }: HttpKernel,
  ports: readonly PortRange[],
  { netns, namespace, onExchange, onFailure }: CaptureStart,
): Promise<Capture> {
  try {
    return await HttpCapture.open(
      {
        ports,
        join: {
          uuidPrefix: netns === undefined ? prefix.text : uuidPrefixIn(prefix.text, netns, release()),
          findsEnded: config.destroyEvents !== 'off',
          findsTranslated: config.conntrack.mode !== 'off',
        },
        // The file's path is no name of the namespace.
        onExchange: netns === undefined ? onExchange : (exchange) => onExchange({ ...exchange, netns: netns.name }),
        onFailure,
        onStale: (error) =>
          log.warn('interfaces, own addresses or ends of sockets can no longer be followed for HTTP', {
            ...(netns === undefined ? {} : { netns: netns.name }),
            error: String(error),
          }),
        ...(namespace === undefined ? {} : { namespace: { kind: 'path', path: `/proc/self/fd/${namespace}` } }),
      },
      netlink,
    );
  } catch (error) {
    throw error instanceof PacketCaptureError ? new HttpReadError(error) : error;
  }
}

/** Returns the function that cuts the addresses of other machines in exchanges. */
function shownBy(
  method: AnonymizeMethod,
  addresses: AddressBooks,
): (exchange: HttpExchange, netns: Netns | undefined) => HttpExchange {
  if (method === 'none') return (exchange) => exchange;
  const cut = createAnonymizeAddress(method, addresses);
  return (exchange, netns) => {
    const { client, server, host } = exchange;
    const shown = cutEnd(server, netns, cut);
    // A request without a host has its server's address in the host's place.
    const isAddress = host === server || host === addressOf(server);
    const shownHost = host === server ? shown : addressOf(shown);
    return { ...exchange, client: cutEnd(client, netns, cut), server: shown, host: isAddress ? shownHost : host };
  };
}

/** Cuts the address of `10.0.0.1:80` or `[::1]:80`. */
function cutEnd(end: string, netns: Netns | undefined, cut: (text: string, netns?: Netns) => string): string {
  const at = end.lastIndexOf(':');
  const address = end.slice(0, at);
  const port = end.slice(at);
  return address.startsWith('[') ? `[${cut(address.slice(1, -1), netns)}]${port}` : cut(address, netns) + port;
}

/** Returns the address of an end, in its brackets. */
function addressOf(end: string): string {
  return end.slice(0, end.lastIndexOf(':'));
}
