import { release } from 'node:os';
import { join } from 'node:path';
import { ConnectionCache, Exclusions } from '../cache/index.js';
import { Collector, type CollectorOptions } from '../collector/index.js';
import { readKernelOpens } from '../host/index.js';
import type { SocketProcesses } from '../host/processes/index.js';
import { compileFilter, type KernelFilter } from '../inetdiag/index.js';
import type { Health, HttpServer } from '../live/http/index.js';
import type { Logger } from '../log/index.js';
import { createMetrics, type Metrics } from '../metrics/index.js';
import type { Listening, NetlinkAddon, ScanFigures } from '../native/index.js';
import type { Netns } from '../parse/index.js';
import { createCompressor } from '../saver/index.js';
import { AddressBooks } from './address-books.js';
import type { Config } from './config.js';
import { createLiveSide, type LiveSideOptions } from './live-side.js';
import { type MemoryBudget, memoryBudget } from './memory-budget.js';
import { createMetricsServer } from './metrics-server.js';
import type { NetworkOptions } from './network.js';
import { createObservers, type Observers } from './observers.js';
import { folderMode, makeOutput } from './output-folder.js';
import { type RunningProfile, startProfile } from './profile.js';
import { createSaver, type SaverParts } from './saver-parts.js';
import { StatusLog } from './status-log.js';
import { type UuidPrefix, uuidPrefixIn } from './uuid-prefix.js';

/** Most closed connections remembered per other namespace: some 1.3 MB, because there may be many namespaces. */
const FOREIGN_MAX_RECENTLY_CLOSED = 4096;
/** Interval between status lines. */
const STATUS_MS = 60_000;
/** The collector is unhealthy after this many intervals without a complete scan, but at least after the time below. */
const UNHEALTHY_BEATS = 100;
const UNHEALTHY_MS = 10_000;

/** Options of {@link Daemon}. */
export interface DaemonOptions extends Pick<LiveSideOptions, 'LiveService' | 'processes' | 'environment' | 'announce'> {
  readonly config: Config;
  readonly prefix: UuidPrefix;
  readonly netlink: NetlinkAddon;
  readonly version: string;
  /** Short hash of the commit that the program was built from; undefined when unknown. */
  readonly commit: string | undefined;
  readonly log: Logger;
  /** Class that measures limited time; absent when that is disabled. */
  readonly LimitMeter?: NetworkOptions['LimitMeter'];
  /** Memory limit of the cgroup, bytes; undefined without a limit. */
  readonly memoryLimitBytes: number | undefined;
  /** Most archives that may be open at a time. */
  readonly maxOpenArchives: number;
  /** Called with the first complete scan, which shows how the kernel answers. */
  readonly onFirstScan: (scan: ScanFigures) => void;
  /** Called after the number of scans that `-reps` sets. */
  readonly onLastRep: () => void;
}

/** Facts known after a start. */
export interface Started {
  /** URL of the metrics. */
  readonly metricsUrl: string;
  /** Outcome of subscribing to destroy events; undefined when that is off. */
  readonly listening: Listening | undefined;
  /** Library that compresses archives. */
  readonly compressor: string;
}

/** Parts from which the collector is made. */
interface CollectorParts {
  readonly exclusions: Exclusions;
  readonly addresses: AddressBooks;
  readonly budget: MemoryBudget;
  readonly metrics: Metrics;
}

/** Connects all parts of the daemon: the kernel's batches with archives, events and metrics. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #compressor = createCompressor();
  readonly #writing: SaverParts;
  readonly #observers: Observers;
  readonly #collector: Collector;
  readonly #processes: SocketProcesses | undefined;
  readonly #metricsServer: HttpServer;
  readonly #status: StatusLog;
  /** Filter that runs in the kernel; undefined when it is off. */
  readonly filter: KernelFilter | undefined;
  #profile: RunningProfile | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  #scans = 0;
  /** Lost and recovered records as of the last status line. */
  #lostBefore = 0;
  #recoveredBefore = 0;
  /** True after the first complete scan: the collector is ready. */
  #complete = false;
  #lastScanMs = performance.now();
  /** Current time between two scans. */
  #beatNs: number;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#beatNs = options.config.intervalNs;
    this.#status = new StatusLog(options.log);
    const { config, log, prefix, netlink } = options;
    const { version, commit } = options;
    const metrics = createMetrics({
      version,
      ...(commit === undefined ? {} : { commit }),
      network: { portGroups: config.portGroups.map(({ text }) => text), disabled: config.disabledMetrics },
      live: options.LiveService !== undefined,
      processes: options.processes !== undefined,
    });
    metrics.build.uuidPrefixUnsafe.set(prefix.unsafe ? 1 : 0);
    metrics.kernel.opens.by(() => readKernelOpens());
    this.#metricsServer = createMetricsServer({
      metrics,
      health: () => this.#health(),
      ready: () => this.#ready(),
      calls: netlink,
      onFirstRefused: (reason) =>
        log.warn('connection to the metrics port refused; more are only counted', {
          reason,
          metric: 'tcpinfo_http_connections_refused_total',
        }),
    });
    const budget = memoryBudget(options.memoryLimitBytes);
    const addresses = new AddressBooks(config.anonymize, netlink, log);
    const { memoryLimitBytes, maxOpenArchives } = options;
    this.#writing = createSaver({
      ...{ config, budget, memoryLimitBytes, maxOpenArchives, addresses, metrics, log },
      compressor: this.#compressor,
      ...(config.process.inArchives
        ? { process: (connection) => this.#observers.archiveProcesses?.processOf(connection) }
        : {}),
      onPressure: (pressed) => this.#collector.slow(pressed),
    });
    this.#processes = options.processes?.createProcessSearch({
      ...{ netlink, log },
      cpuBudget: config.process.cpuBudget,
      ...(metrics.processes === undefined ? {} : { metrics: metrics.processes }),
    });
    const live = createLiveSide({
      ...options,
      ...(this.#processes === undefined ? {} : { search: this.#processes }),
      ...{ metrics, addresses },
      beatUs: () => this.#beatNs / 1000,
    });
    this.#observers = createObservers({
      ...{ config, budget, metrics, netlink, log },
      ...live,
      ...(options.LimitMeter === undefined ? {} : { LimitMeter: options.LimitMeter }),
      status: this.#status,
      saver: this.#writing.saver,
      connections: () => this.#collector.connections(),
    });
    const exclusions = new Exclusions({
      srcPorts: config.excludedSrcPorts,
      dstAddressKeys: config.excludedDstAddressKeys,
      rules: config.filterRules,
    });
    this.filter = config.filterInKernel ? compileFilter(exclusions.rules) : undefined;
    this.#collector = this.#createCollector({ exclusions, addresses, budget, metrics });
  }

  #createCollector({ exclusions, addresses, budget, metrics }: CollectorParts): Collector {
    const { config, prefix, netlink, log } = this.#options;
    const { all: observers, slots, traffic, network } = this.#observers;
    const common = { exclusions, observers, slots };
    const cache = new ConnectionCache({ uuidPrefix: prefix.text, ...common });
    const createCache = (netns: Netns): ConnectionCache => {
      const uuidPrefix = uuidPrefixIn(prefix.text, netns, release());
      return new ConnectionCache({ uuidPrefix, netns, ...common, maxRecentlyClosed: FOREIGN_MAX_RECENTLY_CLOSED });
    };
    const namespaces: CollectorOptions['namespaces'] = config.netns && {
      targets: config.netns,
      createCache,
      onEntered: (netns, fd) => addresses.entered(netns, fd),
      onLeft: (netns) => addresses.left(netns),
      metrics,
    };
    return new Collector({
      intervalNs: config.intervalNs,
      destroyEvents: config.destroyEvents,
      ...(this.filter === undefined ? {} : { filter: this.filter }),
      ...(config.cpuBudget === undefined ? {} : { cpuBudget: config.cpuBudget }),
      maxPendingBytes: budget.maxPendingBytes,
      // With -reps, report every scan separately.
      gather: config.reps === 0,
      cache,
      ...(namespaces === undefined ? {} : { namespaces }),
      traffic,
      ...(network.listeners === undefined ? {} : { listeners: network.listeners }),
      metrics,
      log,
      createPoller: (pollerOptions, onBatch) => new netlink.Poller(pollerOptions, onBatch),
      onScan: (scan) => this.#scanned(scan),
    });
  }

  /**
   * Opens the live API, enters network namespaces, makes the output folder, opens the metrics server and the event
   * socket, and starts scans. On failure it closes whatever it opened.
   * @throws NamespaceError, OutputError, ListenError, EventSocketError, DestroyEventsError
   */
  async start(): Promise<Started> {
    const { eventServer, live } = this.#observers;
    try {
      // First: an address that is taken is a mistake in the flags, and nothing else may have happened then.
      await live?.start();
      return await this.#start();
    } catch (error) {
      await Promise.all([eventServer?.close(), live?.close(), this.#metricsServer.close()]);
      throw error;
    }
  }

  async #start(): Promise<Started> {
    const { config } = this.#options;
    await this.#collector.prepare();
    await makeOutput(config.output, folderMode(config.fileMode));
    if (config.trace) this.#profile = await startProfile();
    const address = await this.#metricsServer.listen(config.metricsAddress);
    if (!this.#metricsServer.hasLocalQueue) {
      this.#options.log.warn('metrics port has one queue for all: a flood from other machines delays /healthz');
    }
    if (config.eventSocket !== undefined) await this.#observers.eventServer?.listen(config.eventSocket);
    const listening = this.#collector.start();
    this.#processes?.start();
    this.#writing.saver.start();
    this.#writing.memoryGuard?.start();
    this.#observers.network.start();
    this.#writing.retention.start();
    this.#statusTimer = setInterval(() => this.logStatus(), STATUS_MS).unref();
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return { listening, compressor: this.#compressor.name, metricsUrl: `http://${host}:${address.port}/metrics` };
  }

  /** Closes every archive; later records begin new ones. */
  rotateAll(): void {
    this.#writing.saver.rotateAll();
  }

  /** Logs what happened since the last status line. */
  logStatus(): void {
    const { lost, recovered, waitingBytes } = this.#writing.saver.totals;
    const countedLost = lost + recovered;
    const newlyRecovered = recovered - this.#recoveredBefore;
    const fields = {
      ...this.#status.take(),
      lost: countedLost - this.#lostBefore,
      ...(newlyRecovered > 0 ? { recovered: newlyRecovered } : {}),
      waiting_bytes: waitingBytes,
    };
    this.#lostBefore = countedLost;
    this.#recoveredBefore = recovered;
    this.#options.log.info('status', fields);
  }

  /** Makes the last scan, ends every connection, writes all data, notifies event clients, and closes everything. */
  async stop(): Promise<void> {
    clearInterval(this.#statusTimer);
    this.#writing.memoryGuard?.stop();
    this.#observers.network.stop();
    // Connections go on when the collector stops: clients must not learn that they ended.
    this.#observers.live?.stopping();
    try {
      await this.#collector.stop();
    } finally {
      // After any error above, still write the collected records.
      await Promise.all([
        this.#writing.saver.close(),
        this.#observers.eventServer?.close(),
        this.#observers.live?.close(),
        this.#processes?.stop(),
        this.#writing.retention.stop(),
      ]);
      await this.#finishProfile();
      await this.#metricsServer.close();
      this.logStatus();
      this.#logStopped();
    }
  }

  /** Logs the last line, with totals that metrics can no longer show. */
  #logStopped(): void {
    const { files, lost } = this.#writing.saver.totals;
    const fields = { records: this.#status.allRecords, lost, files };
    if (lost > 0) this.#options.log.error('stopped', fields);
    else this.#options.log.info('stopped', fields);
  }

  /** Writes the profile. A failure is only logged: archives matter more. */
  async #finishProfile(): Promise<void> {
    try {
      await this.#profile?.finish(join(this.#options.config.output, 'trace'));
    } catch (error) {
      this.#options.log.error('trace cannot be written', { error: String(error) });
    }
  }

  #scanned(scan: ScanFigures): void {
    this.#status.scanned(scan);
    this.#scans++;
    this.#beatNs = Math.max(this.#options.config.intervalNs, scan.effectiveIntervalNs);
    if (scan.failure === undefined) {
      this.#lastScanMs = performance.now();
      if (!this.#complete) this.#options.onFirstScan(scan);
      this.#complete = true;
    }
    if (this.#scans === this.#options.config.reps) this.#options.onLastRep();
  }

  #health(): Health {
    const limitMs = Math.max(UNHEALTHY_MS, (this.#beatNs / 1e6) * UNHEALTHY_BEATS);
    const ageMs = performance.now() - this.#lastScanMs;
    if (ageMs <= limitMs) return { ok: true };
    return { ok: false, reason: `no complete scan for ${Math.round(ageMs / 1000)} s` };
  }

  #ready(): Health {
    return this.#complete ? this.#health() : { ok: false, reason: 'no complete scan yet' };
  }
}
