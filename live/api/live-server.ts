import { setMaxListeners } from 'node:events';
import { ArchiveFolder, PastReader } from '../../archive/output/index.js';
import type { Logger } from '../../log/index.js';
import { type EndReason, LIVE_CODES, type LiveMetrics, type LiveRejection } from '../../metrics/index.js';
import {
  type AlertAnswering,
  type Answering,
  type FlowAnswering,
  type HttpAnswering,
  type NetworkAnswering,
  NoFlowAnswers,
  NoHttpAnswers,
  NoNetworkAnswers,
  type WatchAnswering,
} from '../answers/index.js';
import {
  type Deadlines,
  type Handler,
  HttpServer,
  isLoopbackHost,
  ListenError,
  type SocketCalls,
} from '../http/index.js';
import type { ConnectionStore } from '../store/index.js';
import {
  type ApiRoute,
  createBounds,
  MAX_STOPPED,
  PLACES,
  type RecordingsAnswering,
  type RecordReader,
  type ServicesAnswering,
} from './context.js';
import { Gate } from './gate/gate.js';
import { makeToken, readToken, Token, TokenError } from './gate/token.js';
import { type TokenFile, tokenFolder, writeTokenFile } from './gate/token-file.js';
import { addressesOf, type LiveListener } from './listeners.js';
import { LiveListenError } from './live-listen-error.js';
import { PageFiles } from './page/page-files.js';
import { refusalOf } from './problem.js';
import { BASE, createApiHandler } from './router.js';
import { ALERT_ROUTES } from './routes/alerts.js';
import { CONNECTION_ROUTES } from './routes/connections.js';
import { FLOWS_ROUTE } from './routes/flows.js';
import { HTTP_ROUTES } from './routes/http.js';
import { MACHINE_ROUTES } from './routes/machine.js';
import { NETWORK_ROUTE } from './routes/network.js';
import { openApiRoute } from './routes/openapi.js';
import { RECORDING_ROUTES } from './routes/recordings.js';
import { RECORDS_ROUTE } from './routes/records.js';
import { SERVICE_ROUTES } from './routes/services.js';
import { STREAM_ROUTES } from './routes/streams.js';
import { TIMELINE_ROUTES } from './routes/timeline.js';
import { WATCH_ROUTES } from './routes/watches.js';

/** Options of {@link createLiveServer}. */
export interface LiveServerOptions {
  readonly answering: Answering;
  readonly store: ConnectionStore;
  /** Flows of connection tracking; absent if they are not looked up. */
  readonly flows?: FlowAnswering;
  /** Sentence that says why they are not. */
  readonly noFlows?: string;
  /** Watched services; absent without. */
  readonly services?: ServicesAnswering;
  /** Watches; absent for archives. */
  readonly watches?: WatchAnswering;
  /** Alerts; absent without. */
  readonly alerts?: AlertAnswering;
  /** HTTP exchanges; absent if they are not read. */
  readonly exchanges?: HttpAnswering;
  /** Flight recorder; absent without. */
  readonly recordings?: RecordingsAnswering;
  /** The machine's network; absent if it is not read, as for archives. */
  readonly network?: NetworkAnswering;
  readonly metrics: LiveMetrics;
  readonly log: Logger;
  readonly listeners: readonly LiveListener[];
  /** Names, besides localhost and addresses, under which clients may reach the API. */
  readonly hosts?: readonly string[];
  /** File that has the token of clients over TCP; without it a random one is made. */
  readonly tokenFile?: string;
  /** Environment variables, for the folder of the random token. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Shows a text to the person at the terminal; absent without a terminal. */
  readonly announce?: (text: string) => void;
  readonly isReadOnly?: boolean;
  /** True if connections over loopback are in the store. */
  readonly loopback?: boolean;
  /** Inode of the collector's own network namespace; absent if unknown. */
  readonly netnsInode?: number;
  /** Sentence that says why subflows of MPTCP are unknown; absent if they are shown, and for archives. */
  readonly mptcpUnknown?: string;
  /** Beginning of the UUIDs of connections in the collector's own network namespace; absent for archives. */
  readonly uuidPrefix?: string;
  readonly version: string;
  /** Name of the machine. */
  readonly host: string;
  /** Returns the time between two scans, microseconds; null for archives. */
  readonly beatUs: () => number | null;
  /** Absolute path of the output folder, for records and for the past of timelines; absent without one. */
  readonly archives?: string;
  /** Reader of archived records; default: from the output folder. */
  readonly records?: RecordReader;
  /** Absolute path of the folder that the build of the page made; absent: no page is served. */
  readonly page?: string;
  /** Reader of courses from archives (default: on threads). */
  readonly past?: PastReader;
  /** System calls of listening sockets; see `HttpServer`. */
  readonly calls?: SocketCalls;
  readonly deadlines?: Deadlines;
  /** Time for a download of records, milliseconds (default: 10 minutes). */
  readonly downloadMs?: number;
}

/** Facts known after a start. */
export interface LiveServerStarted {
  /** URLs of TCP listeners, and `unix:PATH` of the others. */
  readonly addresses: readonly string[];
  /** Address of the page with a random token; absent without one. */
  readonly pageUrl?: string;
}

/** Mode of a unix socket: owner and group may connect. */
const SOCKET_MODE = 0o660;
/** Sentence for a collector that does not look up flows. */
const NO_FLOWS = 'flows are not looked up: start the collector with -conntrack=on, or -conntrack=auto';
/** Sentence for a collector that does not read HTTP. */
const NO_HTTP = 'HTTP is not read: start the collector with -http.ports, such as -http.ports=80,8080';
/** Sentence for archives. */
const NO_NETWORK = 'archives have no queues, ports and counters of a machine: ask a collector that runs with -live';

/** All routes of the API. */
export const ROUTES: readonly ApiRoute[] = withOpenApi([
  ...MACHINE_ROUTES,
  ...CONNECTION_ROUTES,
  ...TIMELINE_ROUTES,
  RECORDS_ROUTE,
  ...STREAM_ROUTES,
  FLOWS_ROUTE,
  ...SERVICE_ROUTES,
  ...WATCH_ROUTES,
  ...ALERT_ROUTES,
  ...HTTP_ROUTES,
  ...RECORDING_ROUTES,
  NETWORK_ROUTE,
]);

function withOpenApi(routes: readonly ApiRoute[]): readonly ApiRoute[] {
  return [...routes, openApiRoute(routes, BASE)];
}

/** Server of the live API and of the page on TCP ports and unix sockets. */
export class LiveServer {
  readonly #options: LiveServerOptions;
  readonly #stopping = new AbortController();
  readonly #servers: HttpServer[] = [];
  /** Clients by server and side. */
  readonly #clients = new Map<string, number>();
  readonly #refusedBefore = new Set<LiveRejection>();
  readonly #startedMs = performance.now();
  /** File of the random token; written once everything listens. */
  #written: TokenFile | undefined;

  constructor(options: LiveServerOptions) {
    this.#options = options;
    setMaxListeners(MAX_STOPPED, this.#stopping.signal);
  }

  /**
   * Reads or makes the token, and begins to listen. On failure it closes whatever it opened.
   * @throws TokenError, LiveListenError
   */
  async start(): Promise<LiveServerStarted> {
    try {
      return await this.#start();
    } catch (error) {
      await this.close();
      throw error instanceof ListenError ? new LiveListenError(error) : error;
    }
  }

  /**
   * Prepares for the end, while data still comes: waits and further requests are answered 503, and streams end with a
   * last message. Connections stay open until {@link close}.
   */
  stop(): void {
    this.#stopping.abort();
  }

  /** Ends streams with a last message, closes all connections within a second, and removes its files. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all(this.#servers.map((server) => server.close()));
    this.#written?.remove();
    this.#written = undefined;
  }

  async #start(): Promise<LiveServerStarted> {
    const { listeners, tokenFile, environment, announce, log } = this.#options;
    const ports = listeners.filter((each) => 'port' in each);
    const paths = listeners.filter((each) => 'path' in each);
    const isRandom = ports.length > 0 && tokenFile === undefined;
    const folder = isRandom ? tokenFolder(environment) : undefined;
    if (isRandom && folder === undefined && announce === undefined) {
      throw new TokenError(
        'no place for the token: neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set; give -live.token-file',
      );
    }
    const text = ports.length === 0 ? undefined : tokenFile === undefined ? makeToken() : readToken(tokenFile);
    const handler = this.#createHandler(text);
    const urls = ports.length === 0 ? [] : await this.#listenTcp(ports, handler);
    if (paths.length > 0) {
      const server = this.#createServer('unix', handler, { local: PLACES, remote: PLACES });
      for (const { path } of paths) await server.listenUnix({ path, mode: SOCKET_MODE });
    }
    const [url = ''] = urls;
    // Only now: a start that fails must not touch the file of another collector.
    if (folder !== undefined && text !== undefined) {
      this.#written = writeTokenFile(folder, text, Number(new URL(url).port));
    }
    const pageUrl = isRandom ? `${url}/#token=${text ?? ''}` : undefined;
    if (pageUrl !== undefined) announce?.(`live API: ${pageUrl}\n`);
    const addresses = [...urls, ...paths.map(({ path }) => `unix:${path}`)];
    log.info('live API listens', {
      addresses: addresses.join(' '),
      ...(ports.length === 0 ? {} : { token_file: tokenFile ?? this.#written?.path }),
    });
    return { addresses, ...(pageUrl === undefined ? {} : { pageUrl }) };
  }

  async #listenTcp(
    ports: readonly { readonly host?: string; readonly port: number }[],
    handler: Handler,
  ): Promise<string[]> {
    const open = ports.filter(({ host }) => host !== undefined && !isLoopbackHost(host));
    // Clients of other machines cannot take the places of this machine's.
    const half = PLACES / 2;
    const places = open.length === 0 ? { local: PLACES, remote: PLACES } : { local: half, remote: half };
    const server = this.#createServer('tcp', handler, places);
    const urls: string[] = [];
    for (const listener of ports) {
      let { port } = listener;
      for (const { host } of addressesOf(listener)) {
        const bound = await server.listen({ host, port });
        port = bound.port; // of two addresses with any free port both get the same one
        urls.push(`http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`);
      }
    }
    if (open.length > 0) {
      this.#options.log.warn('live API without TLS on a host that other machines reach; put a proxy or ssh before it', {
        hosts: open.map(({ host }) => host).join(' '),
      });
    }
    return urls;
  }

  #createHandler(tokenText: string | undefined): Handler {
    const { answering, store, metrics, log, archives, listeners, hosts = [], isReadOnly = false } = this.#options;
    const { services, watches, alerts, page, records, recordings } = this.#options;
    const {
      version,
      host,
      beatUs,
      mptcpUnknown,
      loopback = false,
      downloadMs,
      past = new PastReader(),
    } = this.#options;
    const {
      netnsInode = null,
      uuidPrefix = null,
      noFlows = NO_FLOWS,
      flows = new NoFlowAnswers(noFlows),
      exchanges = new NoHttpAnswers(NO_HTTP),
      network = new NoNetworkAnswers(NO_NETWORK),
    } = this.#options;
    const names = listeners.flatMap((each) => ('port' in each && each.host !== undefined ? [each.host] : []));
    const gate = new Gate({
      hosts: new Set([...hosts, ...names].map((name) => name.toLowerCase())),
      ...(tokenText === undefined ? {} : { token: new Token(tokenText) }),
      isReadOnly,
      onRejected: (reason) => this.#rejected(reason),
    });
    const uptimeUs = (): number => Math.round((performance.now() - this.#startedMs) * 1000);
    const files = page === undefined ? undefined : new PageFiles(page);
    return createApiHandler(gate, ROUTES, files, {
      ...{ answering, store, flows, services, watches, alerts, exchanges, recordings, network, metrics, log },
      facts: { version, host, isReadOnly, loopback, netnsInode, mptcpUnknown, uuidPrefix, uptimeUs, beatUs },
      archives: archives === undefined ? undefined : { path: archives, folder: new ArchiveFolder(archives), past },
      records,
      hasPage: files !== undefined,
      bounds: createBounds(downloadMs),
      onLimit: () => this.#rejected('limit'),
      clients: () => this.#clientCount(),
      stopping: this.#stopping.signal,
    });
  }

  #createServer(
    kind: string,
    handler: Handler,
    places: { readonly local: number; readonly remote: number },
  ): HttpServer {
    const { calls, deadlines, metrics } = this.#options;
    const server = new HttpServer({
      handler,
      places,
      keepsBusy: true,
      refusalOf,
      onRefused: (reason, status) => {
        const code = LIVE_CODES.find((each) => Number(each) === status);
        if (code !== undefined) metrics.requests.inc(code);
        this.#rejected(REJECTIONS[reason]);
      },
      onConnections: (side, connections) => {
        this.#clients.set(`${kind} ${side}`, connections);
        metrics.clients.set(this.#clientCount());
      },
      ...(calls === undefined ? {} : { calls }),
      ...(deadlines === undefined ? {} : { deadlines }),
    });
    this.#servers.push(server);
    return server;
  }

  #clientCount(): number {
    return [...this.#clients.values()].reduce((sum, each) => sum + each, 0);
  }

  #rejected(reason: LiveRejection): void {
    const { metrics, log } = this.#options;
    metrics.rejected.inc(reason);
    if (this.#refusedBefore.has(reason)) return;
    this.#refusedBefore.add(reason);
    log.warn('request to the live API rejected; more are only counted', {
      reason,
      metric: 'tcpinfo_live_rejected_total',
    });
  }
}

const REJECTIONS: Readonly<Record<EndReason, LiveRejection>> = {
  displaced: 'limit',
  slow: 'slow',
  unread: 'unread',
  malformed: 'malformed',
  oversized: 'malformed',
  pipelined: 'malformed',
  error: 'error',
};

/** Creates the server of the live API. Nothing is opened before `start`. */
export function createLiveServer(options: LiveServerOptions): LiveServer {
  return new LiveServer(options);
}
