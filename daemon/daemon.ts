import { join } from 'node:path';
import { type ConnectionObserver, Exclusions } from '../cache/index.js';
import type { Collector } from '../collector/index.js';
import type { PlayCalls } from '../collector/recording/index.js';
import { readKernelOpens } from '../host/index.js';
import type { SocketProcesses } from '../host/processes/index.js';
import { compileFilter, type KernelFilter } from '../inetdiag/index.js';
import type { AlertRule } from '../live/alerts/rules/index.js';
import type { HttpServer } from '../live/http/index.js';
import type { Recorder } from '../live/recorder/index.js';
import type { ReloadedServices, WatchedServices, WatchedServicesOptions } from '../live/services/index.js';
import type { Logger } from '../log/index.js';
import { createMetrics, type Metrics } from '../metrics/index.js';
import { type Listening, type NetlinkAddon, type ScanFigures, WATCH_LATENESS_NS } from '../native/index.js';
import type { Netns } from '../parse/index.js';
import { type ArchiveFlows, createCompressor, type Saver } from '../saver/index.js';
import type { ServiceConfig } from '../services/config/index.js';
import { AddressBooks } from './address-books.js';
import { alertActions } from './alert-actions.js';
import { Alerts, type LoadedAlerts, type ReloadedAlerts } from './alerts.js';
import type { Config } from './config.js';
import { createFlowLookups, type LoadedConntrack } from './conntrack.js';
import { createCollector } from './create-collector.js';
import { createExchanges, type Exchanges, exchangeMetrics, type LoadedHttp } from './http.js';
import { createLiveSide, type LiveSideOptions, ownNamespace } from './live-side.js';
import { memoryBudget } from './memory-budget.js';
import { createMetricsServer } from './metrics-server.js';
import type { NetworkOptions } from './network.js';
import { createObservers, type Observers, type ObserversOptions } from './observers.js';
import { folderMode, makeOutput } from './output-folder.js';
import { type RunningProfile, startProfile } from './profile.js';
import { createRecorder, type LoadedRecorder } from './recorder.js';
import { createRun, type LoadedRecording, type Replay, type Run } from './recording.js';
import { ReplayedWatches } from './replayed-watches.js';
import { createSaver, type SaverParts } from './saver-parts.js';
import { ScanHealth } from './scan-health.js';
import { StatusLog } from './status-log.js';
import { type LoadedStream, streamCreator } from './stream.js';
import { type UuidPrefix, uuidPrefixIn } from './uuid-prefix.js';
import { WatchedNamespaces } from './watched-namespaces.js';
import { canWatch, Watches } from './watches.js';

/** Interval between looks at the disk while a replay is held at its end. */
const SETTLE_MS = 100;
/** Interval between status lines. */
const STATUS_MS = 60_000;
const WATCH_LATENESS_US = WATCH_LATENESS_NS.map((ns) => ns / 1000);

/** Options of {@link Daemon}. */
export interface DaemonOptions
  extends LoadedConntrack,
    LoadedHttp,
    LoadedStream,
    LoadedRecorder,
    LoadedAlerts,
    LoadedRecording,
    Pick<LiveSideOptions, 'LiveService' | 'StoreFeed' | 'processes' | 'environment' | 'announce'> {
  readonly config: Config;
  readonly prefix: UuidPrefix;
  readonly netlink: NetlinkAddon;
  readonly version: string;
  /** Short hash of the commit that the program was built from; undefined when unknown. */
  readonly commit: string | undefined;
  readonly log: Logger;
  /** Recording to play instead of asking the kernel; absent: none. */
  readonly replay?: Replay;
  /** Class that measures limited time; absent when that is disabled. */
  readonly LimitMeter?: NetworkOptions['LimitMeter'];
  /** Class that watches services, and the services; absent without `-services`. */
  readonly services?: {
    readonly WatchedServices: typeof WatchedServices;
    readonly settings: WatchedServicesOptions['settings'];
  };
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

/** Connects all parts of the daemon: the kernel's batches with archives, events and metrics. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #compressor = createCompressor();
  readonly #writing: SaverParts;
  readonly #recorder: Recorder | undefined;
  readonly #observers: Observers;
  readonly #run: Run;
  readonly #collector: Collector;
  readonly #processes: SocketProcesses | undefined;
  readonly #exchanges: Exchanges | undefined;
  readonly #alerts: Alerts | undefined;
  readonly #watches: Watches | undefined;
  readonly #replayedWatches: ReplayedWatches | undefined;
  readonly #metricsServer: HttpServer;
  readonly #status: StatusLog;
  /** Filter that runs in the kernel; undefined when it is off. */
  readonly filter: KernelFilter | undefined;
  #profile: RunningProfile | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  /** Lost and recovered records as of the last status line. */
  #lostBefore = 0;
  #recoveredBefore = 0;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#status = new StatusLog(options.log);
    const { config, log, prefix, netlink } = options;
    const { intervalNs, reps } = config;
    const { onFirstScan, onLastRep } = options;
    const scans = new ScanHealth({ intervalNs, reps, onFirstScan, onLastRep });
    const { version, commit } = options;
    const exchanges = exchangeMetrics(options, config);
    const metrics = createMetrics({
      version,
      ...(commit === undefined ? {} : { commit }),
      network: { portGroups: config.portGroups.map(({ text }) => text), disabled: config.disabledMetrics },
      live: options.LiveService !== undefined,
      ...(canWatch(options) || options.replay?.watches !== undefined ? { watches: WATCH_LATENESS_US } : {}),
      processes: options.processes !== undefined,
      conntrack: options.conntrack !== undefined,
      services: options.services !== undefined,
      stream: options.StreamOutput !== undefined,
      recorder: options.recorder !== undefined,
      alerts: options.alerts !== undefined,
      recording: options.recording !== undefined,
      ...(exchanges === undefined ? {} : { exchanges }),
    });
    metrics.build.uuidPrefixUnsafe.set(prefix.unsafe ? 1 : 0);
    const run = createRun({ ...options, metrics });
    this.#run = run;
    if (run.player === undefined) metrics.kernel.opens.by(() => readKernelOpens());
    this.#metricsServer = createMetricsServer({
      metrics,
      health: () => scans.health(),
      ready: () => scans.ready(),
      calls: netlink,
      onFirstRefused: (reason) =>
        log.warn('connection to the metrics port refused; more are only counted', {
          reason,
          metric: 'tcpinfo_http_connections_refused_total',
        }),
    });
    const budget = memoryBudget(options.memoryLimitBytes);
    const addresses = new AddressBooks(config.anonymize, netlink, log);
    const watched = new WatchedNamespaces();
    const { memoryLimitBytes, maxOpenArchives } = options;
    this.#recorder = createRecorder({
      ...{ ...options, metrics, compressor: this.#compressor },
      framesFinished: () => this.#writing.saver.framesFinished(),
    });
    this.#writing = createSaver({
      ...{ config, budget, memoryLimitBytes, maxOpenArchives, addresses, run, metrics, log },
      compressor: this.#compressor,
      ...(this.#recorder === undefined ? {} : { frames: this.#recorder }),
      ...(config.process.inArchives
        ? { process: (connection) => this.#observers.archiveProcesses?.processOf(connection) }
        : {}),
      ...(options.conntrack === undefined ? {} : { flows: this.#archiveFlows() }),
      onPressure: (pressed) => this.#collector.slow(pressed),
    });
    this.#processes = options.processes?.createProcessSearch({
      ...{ netlink, log },
      cpuBudget: config.process.cpuBudget,
      ...(metrics.processes === undefined ? {} : { metrics: metrics.processes }),
    });
    this.#exchanges = createExchanges({ ...options, addresses, metrics, saver: this.#writing.saver });
    this.#watches = this.#createWatches(metrics);
    this.#replayedWatches = this.#createReplayedWatches(metrics);
    this.#alerts = this.#createAlerts(metrics);
    const live = createLiveSide({
      ...options,
      ...{ alerts: this.#alerts, watches: this.#watches },
      ...(this.#processes === undefined ? {} : { search: this.#processes }),
      ...{ run, metrics, addresses, watched, exchanges: this.#exchanges?.answers },
      ...(this.#recorder === undefined ? {} : { recordings: this.#recorder }),
      beatUs: () => scans.beatUs,
    });
    this.#observers = createObservers({
      ...{ config, budget, metrics, netlink, run, log },
      ...live,
      ...(options.LimitMeter === undefined ? {} : { LimitMeter: options.LimitMeter }),
      ...this.#flowsCreator(metrics),
      ...this.#servicesCreator(metrics),
      ...streamCreator({ ...options, budget, addresses, metrics, compress: this.#compressor.compress }),
      status: this.#status,
      saver: this.#writing.saver,
      collector: () => this.#collector,
      connections: () => this.#collector.connections(),
    });
    const exclusions = new Exclusions({
      srcPorts: config.excludedSrcPorts,
      dstAddressKeys: config.excludedDstAddressKeys,
      rules: config.filterRules,
    });
    this.filter = config.filterInKernel ? compileFilter(exclusions.rules) : undefined;
    this.#collector = createCollector({
      ...{ config, prefix, run, exclusions, addresses, watched, budget, metrics, log },
      filter: this.filter,
      observers: this.#observers,
      exchanges: this.#exchanges?.collector,
      onScan: (scan) => {
        this.#status.scanned(scan);
        const endNs = Number(scan.endNs);
        this.#watches?.beat(endNs);
        this.#replayedWatches?.beat(endNs);
        scans.scanned(scan);
      },
    });
  }

  /**
   * Opens the live API, enters network namespaces, makes the output folder, opens the metrics server and the event
   * socket, and starts scans. On failure it closes whatever it opened.
   * @throws HttpReadError, NamespaceError, OutputError, ListenError, EventSocketError, DestroyEventsError, SockDiagError
   */
  async start(): Promise<Started> {
    const { eventServer, live, services, stream } = this.#observers;
    try {
      // First: a missing right, or an address that is taken, is a mistake in the flags, and nothing else may have
      // happened then.
      await this.#exchanges?.collector.start();
      await this.#run.recorder?.open();
      await live?.start();
      return await this.#start();
    } catch (error) {
      await Promise.all([
        this.#recorder?.stop(),
        ...[eventServer?.close(), live?.close(), services?.stop(), stream?.stop(), this.#metricsServer.close()],
        this.#exchanges?.collector.stop(),
        this.#run.recorder?.close(),
      ]);
      throw error;
    }
  }

  async #start(): Promise<Started> {
    const { config } = this.#options;
    // Before the collector, which enters network namespaces.
    this.#observers.services?.prepare();
    await this.#collector.prepare();
    this.#run.player?.enterFirst((netns) => this.#collector.enterRecorded(netns));
    if (config.writesArchives) await makeOutput(config.output, folderMode(config.fileMode));
    await this.#recorder?.start();
    await this.#observers.stream?.start();
    if (config.trace) this.#profile = await startProfile();
    const address = await this.#metricsServer.listen(config.metricsAddress);
    if (!this.#metricsServer.hasLocalQueue) {
      this.#options.log.warn('metrics port has one queue for all: a flood from other machines delays /healthz');
    }
    if (config.eventSocket !== undefined) await this.#observers.eventServer?.listen(config.eventSocket);
    // Before the collector: it logs the rules that can end connections, and may fail.
    this.#observers.services?.start(this.#collector, ownPorts(config, address.port));
    await this.#watches?.start();
    await this.#replayedWatches?.load();
    const listening = this.#collector.start();
    this.#processes?.start();
    this.#writing.saver.start();
    this.#writing.memoryGuard?.start();
    this.#observers.network.start();
    this.#observers.feed?.start();
    this.#writing.retention?.start();
    this.#statusTimer = setInterval(() => this.logStatus(), STATUS_MS).unref();
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return { listening, compressor: this.#compressor.name, metricsUrl: `http://${host}:${address.port}/metrics` };
  }

  #servicesCreator({ services: metrics }: Metrics): Pick<ObserversOptions, 'createServices'> {
    const { services, prefix, config, log } = this.#options;
    if (services === undefined || metrics === undefined) return {};
    const showsClients = config.anonymize === 'none' || config.live?.fullAddresses === true;
    const { WatchedServices, settings } = services;
    const uuidPrefix = (netns: Netns | undefined): string =>
      netns === undefined ? prefix.text : uuidPrefixIn(prefix.text, netns, this.#run.origin.kernel);
    return {
      createServices: (parts) =>
        new WatchedServices({ ...parts, ...{ settings, showsClients, metrics, log }, uuidPrefixIn: uuidPrefix }),
    };
  }

  /** @throws an Error named `AlertRequirementsError` */
  #createAlerts({ alerts: metrics }: Metrics): Alerts | undefined {
    const { alerts: loaded, processes, config, log } = this.#options;
    if (loaded === undefined || metrics === undefined) return undefined;
    const http = this.#exchanges?.answers;
    const actions = alertActions({ recorder: this.#recorder, watches: this.#watches, log });
    return new Alerts({ ...{ config, loaded, metrics, http, log, actions }, hasProcesses: processes !== undefined });
  }

  #createWatches({ watches: metrics }: Metrics): Watches | undefined {
    const { config, netlink, replay, log } = this.#options;
    // A replay has no kernel to ask.
    if (metrics === undefined || replay !== undefined) return undefined;
    return new Watches({
      settings: config.watch,
      writesArchives: config.writesArchives,
      intervalNs: config.intervalNs,
      observers: this.#archiving,
      ...(this.#run.recorder === undefined ? {} : { recorder: this.#run.recorder }),
      ...{ netlink, metrics, log, ...ownNamespace() },
    });
  }

  #createReplayedWatches({ watches: metrics }: Metrics): ReplayedWatches | undefined {
    const { config, replay, log } = this.#options;
    if (metrics === undefined || replay?.watches === undefined) return undefined;
    return new ReplayedWatches({
      inArchives: replay.watches.inArchives,
      intervalNs: config.intervalNs,
      observers: this.#archiving,
      collector: () => this.#collector,
      createWatcher: replay.player.createWatcher.bind(replay.player),
      ...{ metrics, log },
    });
  }

  /** Returns the observers, and which of them writes archives. */
  readonly #archiving = (): { readonly all: readonly ConnectionObserver[]; readonly saver: Saver } => ({
    all: this.#observers.all,
    saver: this.#writing.saver,
  });

  /** Returns the flows for archives. The look-ups are created after the saver, which is the last observer. */
  #archiveFlows(): ArchiveFlows {
    return {
      readerOf: (connection) => this.#observers.flows?.readerOf(connection) ?? (() => undefined),
      whenKnown: (connection, run) => this.#observers.flows?.whenKnown(connection, run) ?? false,
    };
  }

  #flowsCreator({ conntrack: metrics }: Metrics): Pick<ObserversOptions, 'createFlows'> {
    const { conntrack: module, config, netlink, log } = this.#options;
    if (module === undefined || metrics === undefined) return {};
    return { createFlows: (slots) => createFlowLookups({ config, module, slots, netlink, metrics, log }) };
  }

  /**
   * Plays the recording, after {@link start}. Resolves when the recorded collector had stopped, and this one is to stop.
   * @param calls reports damage, and waits before the stop as long as the user wants
   */
  async play(calls: Pick<PlayCalls, 'hold' | 'damaged' | 'ended'>): Promise<void> {
    await this.#run.player?.play({
      ...calls,
      hold: async () => {
        // No tick follows, and the disk is not done.
        const settling = setInterval(() => this.#writing.saver.settle(), SETTLE_MS);
        await calls.hold();
        clearInterval(settling);
      },
      entered: (netns) => this.#collector.enterRecorded(netns),
      rotated: () => this.rotateAll(),
      watched: (watch) => this.#replayedWatches?.watched(watch),
      unwatched: (watch) => this.#replayedWatches?.unwatched(watch),
      isBusy: () => this.#writing.isBusy(),
    });
  }

  /** Closes every archive; later records begin new ones. */
  rotateAll(): void {
    this.#run.recorder?.rotated();
    this.#writing.saver.rotateAll();
  }

  /** Saves what memory has of all connections; the log says where, or why not. Does nothing without `-recorder`. */
  recordAll(): void {
    const { recorder } = this.#options.config;
    if (recorder === undefined) return;
    const request = { uuids: 'all', beforeMs: recorder.keepMs, afterMs: 0, trigger: 'signal' } as const;
    const outcome = this.#recorder?.record(request);
    if (outcome?.kind === 'refused') this.#options.log.warn('no recording made', { reason: outcome.detail });
  }

  /**
   * Replaces the watched services; their counts stay. Undefined without `-services`.
   * @throws an Error named `ServicesReloadError`; then nothing has changed
   */
  reloadServices(services: readonly ServiceConfig[]): ReloadedServices | undefined {
    return this.#observers.services?.reload(services);
  }

  /**
   * Replaces the rules of alerts. Undefined without `-alerts`.
   * @throws an Error named `AlertRequirementsError`; then nothing has changed
   */
  reloadAlerts(rules: readonly AlertRule[]): ReloadedAlerts | undefined {
    return this.#alerts?.reload(rules);
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
    this.#run.recorder?.stopping();
    this.#writing.memoryGuard?.stop();
    this.#observers.network.stop();
    // Before anything ends: alerts must not take the ends of the collector for those of connections.
    this.#alerts?.stop();
    this.#watches?.close();
    this.#observers.feed?.stop();
    // Connections go on when the collector stops: clients must not learn that they ended.
    this.#observers.live?.stopping();
    try {
      await this.#collector.stop();
      // Archives of the last connections wait for the answers.
      await this.#observers.flows?.stop();
    } finally {
      // The last exchanges go to archives.
      await this.#exchanges?.collector.stop();
      // After any error above, still write the collected records.
      await Promise.all([
        this.#writing.saver.close(),
        this.#observers.eventServer?.close(),
        this.#observers.live?.close(),
        this.#alerts?.close(),
        this.#processes?.stop(),
        this.#observers.services?.stop(),
        this.#observers.stream?.stop(),
        this.#writing.retention?.stop(),
        this.#run.recorder?.close(),
      ]);
      // Now it has the last frames.
      await this.#recorder?.stop();
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
}

/** Returns the ports on which this process listens. */
function ownPorts({ live }: Config, metricsPort: number): ReadonlySet<number> {
  return new Set([metricsPort, ...(live?.listeners ?? []).flatMap((each) => ('port' in each ? [each.port] : []))]);
}
