import { hostname, release } from 'node:os';
import { join } from 'node:path';
import { ConnectionCache, type ConnectionObserver, Exclusions } from '../cache/index.js';
import { Collector, type CollectorOptions, TrafficMeter } from '../collector/index.js';
import { EventServer } from '../eventsocket/index.js';
import { compileFilter, type KernelFilter } from '../inetdiag/index.js';
import type { Logger } from '../log/index.js';
import { createMetrics, type Health, MetricsServer } from '../metrics/index.js';
import type { Listening, NetlinkAddon, ScanFigures } from '../native/index.js';
import type { Netns } from '../parse/index.js';
import { createAnonymize, createCompressor, Retention, Saver } from '../saver/index.js';
import { AddressBooks } from './address-books.js';
import type { Config } from './config.js';
import { memoryBudget } from './memory-budget.js';
import { MemoryGuard } from './memory-guard.js';
import { createNetwork, type Network, type NetworkOptions } from './network.js';
import { folderMode, makeOutput } from './output-folder.js';
import { type RunningProfile, startProfile } from './profile.js';
import { StatusMeter } from './status.js';
import { type UuidPrefix, uuidPrefixIn } from './uuid-prefix.js';

/** Vanished connections of another namespace that are remembered: some 1.3 MB, of many namespaces. */
const FOREIGN_MAX_DEPARTED = 4096;
/** The status line's period. */
const STATUS_MS = 60_000;
/** The collector is taken for unhealthy when no complete scan came in for this many beats, and for at least the time below. */
const UNHEALTHY_BEATS = 100;
const UNHEALTHY_MS = 10_000;

export interface DaemonOptions {
  readonly config: Config;
  readonly prefix: UuidPrefix;
  readonly netlink: NetlinkAddon;
  readonly version: string;
  /** The short hash of the commit that it is built from; undefined where that is not known. */
  readonly commit: string | undefined;
  readonly log: Logger;
  /** Counts limited time; absent when that is switched off. */
  readonly LimitMeter?: NetworkOptions['LimitMeter'];
  /** What the cgroup allows this process, bytes; undefined when it sets no limit. */
  readonly memoryLimitBytes: number | undefined;
  /** Archives that may be open at a time. */
  readonly maxOpenArchives: number;
  /** Called with the first complete scan: how the kernel answers is known. */
  readonly onFirstScan: (scan: ScanFigures) => void;
  /** Called when as many scans are made as were asked for. */
  readonly onLastRep: () => void;
}

/** What a start has found out. */
export interface Started {
  /** Where the metrics are served. */
  readonly metricsUrl: string;
  /** How listening for destroy events began; undefined when it is off. */
  readonly listening: Listening | undefined;
  /** The library that compresses archives. */
  readonly compressor: string;
}

/** Everything that runs, put together: the kernel's batches on one side, archives, events and metrics on the other. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #compressor = createCompressor();
  readonly #saver: Saver;
  readonly #retention: Retention;
  readonly #memoryGuard: MemoryGuard | undefined;
  readonly #collector: Collector;
  readonly #metricsServer: MetricsServer;
  readonly #eventServer: EventServer | undefined;
  readonly #status: StatusMeter;
  readonly #network: Network;
  /** What the kernel is to leave out itself; undefined when it is not asked to. */
  readonly filter: KernelFilter | undefined;
  #profile: RunningProfile | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  #scans = 0;
  /** Records that were counted as lost by the last status line, and those that were recovered. */
  #lostBefore = 0;
  #recoveredBefore = 0;
  /** Whether a scan was complete: from then on the collector is ready. */
  #complete = false;
  #lastScanMs = performance.now();
  /** Time between two scans at present. */
  #beatNs: number;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#beatNs = options.config.intervalNs;
    this.#status = new StatusMeter(options.log);
    const { config, log, prefix, netlink } = options;
    const { version, commit } = options;
    const metrics = createMetrics({
      version,
      ...(commit === undefined ? {} : { commit }),
      network: { portGroups: config.portGroups.map(({ text }) => text), disabled: config.disabledMetrics },
    });
    metrics.build.uuidPrefixUnsafe.set(prefix.unsafe ? 1 : 0);
    this.#metricsServer = new MetricsServer({
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
    const maxBufferedBytes = config.maxBufferedBytes ?? budget.maxBufferedBytes;
    const addresses = new AddressBooks(config.anonymize, netlink, log);
    this.#saver = new Saver({
      output: config.output,
      flushAgeMs: config.flushAgeMs,
      syncMs: config.syncMs,
      rotateMs: config.rotateMs,
      maxWaitingBytes: maxBufferedBytes,
      isMemoryShort: budget.isShort,
      maxOpenFiles: options.maxOpenArchives,
      modes: { file: config.fileMode, folder: folderMode(config.fileMode) },
      anonymize: createAnonymize(config.anonymize, addresses),
      ...(config.provenance
        ? { provenance: { kernel: release(), intervalNs: config.intervalNs, host: hostname() } }
        : {}),
      compress: this.#compressor.compress,
      metrics,
      log,
      onPressure: (pressed) => this.#collector.slow(pressed),
      onFileClosed: (path, bytes, openedMs) => this.#retention.fileClosed(path, bytes, openedMs),
    });
    if (budget.isShort && options.memoryLimitBytes !== undefined) {
      this.#memoryGuard = new MemoryGuard({
        limitBytes: options.memoryLimitBytes,
        maxBufferedBytes,
        heldBytes: () => this.#saver.heldBytes,
        limitWaiting: (bytes) => this.#saver.limitWaiting(bytes),
        log,
      });
    }
    this.#retention = new Retention({
      output: config.output,
      ...(config.keepMs === undefined ? {} : { keepMs: config.keepMs }),
      ...(config.maxArchiveBytes === undefined ? {} : { maxBytes: config.maxArchiveBytes }),
      isOpen: (path) => this.#saver.isOpen(path),
      metrics,
      log,
    });
    if (config.eventSocket !== undefined) {
      this.#eventServer = new EventServer({
        metrics,
        queueLimitBytes: budget.eventQueueBytes,
        v2: config.eventsV2,
        ...(config.eventsReplay ? { live: () => this.#collector.connections() } : {}),
        warn: (msg, fields) => log.warn(msg, fields),
      });
    }
    const traffic = new TrafficMeter(metrics);
    // Events come first: whoever reads them is told of a connection before its file appears.
    this.#network = createNetwork({
      portGroups: config.portGroups,
      connections: () => this.#collector.connections(),
      ...{ metrics, traffic, netlink, log },
      ...(options.LimitMeter === undefined ? {} : { LimitMeter: options.LimitMeter }),
    });
    const observers: ConnectionObserver[] = [traffic, ...this.#network.observers, this.#status, this.#saver];
    if (this.#eventServer !== undefined) observers.unshift(this.#eventServer);
    const exclusions = new Exclusions({
      srcPorts: config.excludedSrcPorts,
      dstAddressKeys: config.excludedDstAddressKeys,
      rules: config.filterRules,
    });
    this.filter = config.filterInKernel ? compileFilter(exclusions.rules) : undefined;
    const cache = new ConnectionCache({ uuidPrefix: prefix.text, exclusions, observers });
    const createCache = (netns: Netns): ConnectionCache => {
      const uuidPrefix = uuidPrefixIn(prefix.text, netns, release());
      return new ConnectionCache({ uuidPrefix, netns, exclusions, observers, maxDeparted: FOREIGN_MAX_DEPARTED });
    };
    const namespaces: CollectorOptions['namespaces'] = config.netns && {
      targets: config.netns,
      createCache,
      onEntered: (netns, fd) => addresses.entered(netns, fd),
      onLeft: (netns) => addresses.left(netns),
      metrics,
    };
    this.#collector = new Collector({
      intervalNs: config.intervalNs,
      destroyEvents: config.destroyEvents,
      ...(this.filter === undefined ? {} : { filter: this.filter }),
      ...(config.cpuBudget === undefined ? {} : { cpuBudget: config.cpuBudget }),
      maxPendingBytes: budget.maxPendingBytes,
      // Who counts scans wants to hear of each.
      gather: config.reps === 0,
      cache,
      ...(namespaces === undefined ? {} : { namespaces }),
      traffic,
      ...(this.#network.listeners === undefined ? {} : { listeners: this.#network.listeners }),
      metrics,
      log,
      createPoller: (pollerOptions, onBatch) => new netlink.Poller(pollerOptions, onBatch),
      onScan: (scan) => this.#scanned(scan),
    });
  }

  /**
   * Enters network namespaces, makes the output folder, opens the metrics page and the event socket, and starts the beat. Nothing is left open
   * when it fails.
   * @throws NamespaceError, OutputError, ListenError, EventSocketError, DestroyEventsError
   */
  async start(): Promise<Started> {
    const { config } = this.#options;
    await this.#collector.prepare();
    await makeOutput(config.output, folderMode(config.fileMode));
    if (config.trace) this.#profile = await startProfile();
    const address = await this.#metricsServer.listen(config.metricsAddress);
    if (!this.#metricsServer.hasLocalQueue) {
      this.#options.log.warn('metrics port has one queue for all: a flood from other machines delays /healthz');
    }
    let listening: Listening | undefined;
    try {
      if (config.eventSocket !== undefined) await this.#eventServer?.listen(config.eventSocket);
      listening = this.#collector.start();
    } catch (error) {
      await Promise.all([this.#eventServer?.close(), this.#metricsServer.close()]);
      throw error;
    }
    this.#saver.start();
    this.#memoryGuard?.start();
    this.#network.start();
    this.#retention.start();
    this.#statusTimer = setInterval(() => this.logStatus(), STATUS_MS).unref();
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return { listening, compressor: this.#compressor.name, metricsUrl: `http://${host}:${address.port}/metrics` };
  }

  /** Ends every archive; later records begin new ones. */
  rotateAll(): void {
    this.#saver.rotateAll();
  }

  /** Logs what happened since the last status line. */
  logStatus(): void {
    const { lost, recovered, waitingBytes } = this.#saver.totals;
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

  /**
   * Makes the last scan, ends every connection, writes everything, tells the event clients, and closes what is open.
   */
  async stop(): Promise<void> {
    clearInterval(this.#statusTimer);
    this.#memoryGuard?.stop();
    this.#network.stop();
    try {
      await this.#collector.stop();
    } finally {
      // Whatever went wrong before, what was gathered is written.
      await Promise.all([this.#saver.close(), this.#eventServer?.close(), this.#retention.stop()]);
      await this.#finishProfile();
      await this.#metricsServer.close();
      this.logStatus();
      this.#logStopped();
    }
  }

  /** The last line: nobody can ask the metrics any more. */
  #logStopped(): void {
    const { files, lost } = this.#saver.totals;
    const fields = { records: this.#status.allRecords, lost, files };
    if (lost > 0) this.#options.log.error('stopped', fields);
    else this.#options.log.info('stopped', fields);
  }

  /** The archives are what matters: a profile that cannot be written is told of, and that is all. */
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
