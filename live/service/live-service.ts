import { type Connection, type ConnectionObserver, Exclusions, type StateSlots } from '../../cache/index.js';
import type { Collector, DestroyEventsMode } from '../../collector/index.js';
import type { FilterRule } from '../../inetdiag/index.js';
import type { Logger } from '../../log/index.js';
import type { LiveMetrics } from '../../metrics/index.js';
import type { NetlinkAddon } from '../../native/index.js';
import type { ArchivedRecord, Netns } from '../../parse/index.js';
import {
  type AlertAnswering,
  type FlowAnswering,
  type HttpAnswering,
  StoreAnswers,
  type WatchAnswering,
} from '../answers/index.js';
import {
  createLiveServer,
  type LiveListener,
  type LiveServer,
  type LiveServerStarted,
  type RecordingsAnswering,
  type ServicesAnswering,
} from '../api/index.js';
import {
  createOwnCollector,
  type OtherNamespaces,
  type ReplayClock,
  StoreFeed,
  WatchedNamespaces,
} from '../feed/index.js';
import { NetworkAnswers, type NetworkAnswersOptions } from '../machine/index.js';
import type { MptcpSource, MptcpSourceOptions } from '../mptcp/kernel/index.js';
import type { LiveStore, OwnerSearch, RowFlow } from '../store/index.js';

/** Settings of the live side: flags `-live` and `-live.*`. */
export interface LiveSettings {
  /** At least one. */
  readonly listeners: readonly LiveListener[];
  /** Names, besides localhost and addresses, under which clients may reach the API; in lower case. */
  readonly hosts: readonly string[];
  /** Absolute path; absent: a random token. */
  readonly tokenFile?: string;
  /** Time to look back. */
  readonly historyMs: number;
  readonly maxHistoryBytes: number;
  readonly keepClosedMs: number;
  /** True to show connections over loopback, too. */
  readonly loopback: boolean;
  readonly readOnly: boolean;
}

/** Options of {@link LiveService}. */
export interface LiveServiceOptions {
  readonly settings: LiveSettings;
  readonly slots: StateSlots;
  readonly isWatched: (netns: Netns | undefined) => boolean;
  /** Has the daemon's limit meter look at new records, and call {@link LiveStore.limited} of this store; absent without one. */
  readonly walkLimits?: () => void;
  readonly intervalNs: number;
  readonly destroyEvents: DestroyEventsMode;
  /** Exclusions of the archives, without those of loopback. */
  readonly exclusions: {
    readonly srcPorts: readonly number[];
    readonly dstAddressKeys: readonly string[];
    readonly rules: readonly FilterRule[];
  };
  readonly uuidPrefix: string;
  /** Recorded network namespaces beside the own one; absent: none. */
  readonly namespaces?: OtherNamespaces;
  /** Search for processes; absent: off. */
  readonly owners?: OwnerSearch;
  /** Clock of a replay; absent: the machine's. */
  readonly replay?: ReplayClock;
  /** Returns a function that returns the flow of a connection, as far as it is known; absent: not looked up. */
  readonly flowReader?: (connection: Connection) => () => RowFlow | null;
  /** Creates the answers about flows; absent if they are not looked up. */
  readonly createFlowAnswers?: (store: LiveStore) => FlowAnswering;
  /** Sentence that says why flows are not looked up. */
  readonly noFlows?: string;
  /** Watched services; absent without. */
  readonly services?: ServicesAnswering;
  /** Creates the alerts of the store; absent without. */
  readonly createAlerts?: (store: LiveStore) => AlertAnswering;
  /** HTTP exchanges; absent if they are not read. */
  readonly exchanges?: HttpAnswering;
  /** Flight recorder; absent without. */
  readonly recordings?: RecordingsAnswering;
  /** Readings of the machine's network: local ports, metrics of errors, and addresses as they may be shown. */
  readonly network: Omit<NetworkAnswersOptions, 'log'>;
  /** Inode of the collector's own network namespace; absent if unknown. */
  readonly netnsInode?: number;
  /** Returns the `inet_diag_msg` with the addresses to show (default: as they are). */
  readonly shownIdm?: (record: ArchivedRecord, netns: Netns | undefined) => Uint8Array | undefined;
  /**
   * Returns the watches of the store's connections; absent if none can be watched.
   * @param loopback collector of connections over loopback; undefined if they are not shown
   */
  readonly createWatches?: (store: LiveStore, loopback: Collector | undefined) => WatchAnswering;
  /** Returns a recorded network namespace besides the own one, to list sockets of MPTCP; absent if none are listed. */
  readonly findNamespace?: MptcpSourceOptions['findNamespace'];
  /** Sentence that says why subflows of MPTCP are unknown; absent if they are shown. */
  readonly mptcpUnknown?: string;
  /** Absolute path of the archives; absent if none are written. */
  readonly archives?: string;
  /** Absolute path of the folder of the page. */
  readonly page: string;
  readonly version: string;
  readonly host: string;
  /** Returns the time between two scans, microseconds. */
  readonly beatUs: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Shows a text to the person at the terminal; absent without a terminal. */
  readonly announce?: (text: string) => void;
  readonly netlink: NetlinkAddon;
  readonly metrics: LiveMetrics;
  readonly log: Logger;
}

/** Beat of loopback connections, and the share of one core that their scans may take. */
const LOOPBACK_INTERVAL_NS = 100e6;
const LOOPBACK_SHARE = 0.015;

/** Live side of the daemon: the store of connections, its clock, and the API. */
export class LiveService {
  readonly store: LiveStore;
  /** Observers of the daemon's caches, in the order of their calls. */
  readonly observers: readonly ConnectionObserver[];
  readonly #options: LiveServiceOptions;
  /** Undefined until the first subflow. */
  #mptcp: Promise<MptcpSource> | undefined;
  readonly #feed: StoreFeed;
  readonly #server: LiveServer;
  readonly #loopback: Collector | undefined;
  readonly #loopbackMeter: { start(): void; stop(): void } | undefined;

  constructor(options: LiveServiceOptions) {
    this.#options = options;
    const { settings, slots, metrics, log, netlink, owners, flowReader, shownIdm } = options;
    const watched = new WatchedNamespaces();
    const reportFault = (error: unknown) => log.error('the live store failed', { error: String(error) });
    this.#feed = new StoreFeed({
      slots,
      walkLimits: options.walkLimits,
      historySec: settings.historyMs / 1000,
      maxHistoryBytes: settings.maxHistoryBytes,
      keepClosedSec: settings.keepClosedMs / 1000,
      scanUs: options.intervalNs / 1000,
      isWatched: options.isWatched,
      onEvicted: (what, count) => metrics.evicted.inc(what, count),
      onFault: reportFault,
      ...(options.replay === undefined ? {} : { replay: options.replay }),
      ...(owners === undefined ? {} : { owners }),
      ...(flowReader === undefined ? {} : { flowReader }),
      ...(shownIdm === undefined ? {} : { shownIdm }),
    });
    this.store = this.#feed.store;
    this.observers = this.#feed.observers;
    if (settings.loopback) {
      const isWatched = (netns: Netns | undefined) => watched.has(netns);
      const meter = this.#feed.limitsFor(isWatched);
      this.#loopbackMeter = meter;
      this.#loopback = createOwnCollector({
        ...{ netlink, slots, watched, log },
        uuidPrefix: options.uuidPrefix,
        intervalNs: LOOPBACK_INTERVAL_NS,
        cpuBudget: LOOPBACK_SHARE,
        destroyEvents: options.destroyEvents === 'off' ? 'off' : 'auto',
        exclusions: new Exclusions({ ...options.exclusions, local: 'loopback' }),
        observers: [meter, this.store.observerFor(isWatched)],
        ...(options.namespaces === undefined ? {} : { namespaces: options.namespaces }),
      });
    }
    this.#server = createLiveServer({
      ...(options.createWatches === undefined ? {} : { watches: options.createWatches(this.store, this.#loopback) }),
      answering: new StoreAnswers(this.store, {
        elapsedMs: () => performance.now(),
        onFault: reportFault,
      }),
      store: this.store,
      ...(options.createFlowAnswers === undefined ? {} : { flows: options.createFlowAnswers(this.store) }),
      ...(options.services === undefined ? {} : { services: options.services }),
      ...(options.createAlerts === undefined ? {} : { alerts: options.createAlerts(this.store) }),
      ...(options.noFlows === undefined ? {} : { noFlows: options.noFlows }),
      ...(options.exchanges === undefined ? {} : { exchanges: options.exchanges }),
      ...(options.recordings === undefined ? {} : { recordings: options.recordings }),
      network: new NetworkAnswers({ ...options.network, log }),
      ...(options.netnsInode === undefined ? {} : { netnsInode: options.netnsInode }),
      uuidPrefix: options.uuidPrefix,
      ...(options.mptcpUnknown === undefined ? {} : { mptcpUnknown: options.mptcpUnknown }),
      ...{ metrics, log },
      listeners: settings.listeners,
      hosts: settings.hosts,
      ...(settings.tokenFile === undefined ? {} : { tokenFile: settings.tokenFile }),
      environment: options.environment,
      ...(options.announce === undefined ? {} : { announce: options.announce }),
      isReadOnly: settings.readOnly,
      loopback: settings.loopback,
      version: options.version,
      host: options.host,
      beatUs: options.beatUs,
      ...(options.archives === undefined ? {} : { archives: options.archives }),
      page: options.page,
      calls: netlink,
    });
    this.store.onGeneration(() => {
      const { size, closedSize, budget } = this.store;
      metrics.rows.set('true', size - closedSize);
      metrics.rows.set('false', closedSize);
      metrics.historyBytes.set(budget.historyBytes);
      void this.#lookAtMptcp();
    });
  }

  /** Lists the sockets of MPTCP connections while there are subflows; the code is loaded with the first one. */
  async #lookAtMptcp(): Promise<void> {
    const { findNamespace, log } = this.#options;
    const places = this.store.mptcpPlaces;
    if (findNamespace === undefined || (places.size === 0 && this.#mptcp === undefined)) return;
    this.#mptcp ??= import('../mptcp/kernel/index.js').then(
      ({ MptcpSource }) =>
        new MptcpSource({
          ...{ findNamespace, log },
          onConnections: (netnsInode, connections) => this.store.setMptcp(netnsInode, connections),
        }),
    );
    await (await this.#mptcp).look(places);
  }

  /**
   * Begins to serve.
   * @throws TokenError, LiveListenError, NamespaceError
   */
  async start(): Promise<LiveServerStarted> {
    const started = await this.#server.start();
    await this.#loopback?.prepare();
    this.#loopback?.start();
    this.#loopbackMeter?.start();
    this.#feed.start();
    return started;
  }

  /**
   * Prepares for {@link close}: ends streams, and answers 503 to requests that wait. Call it before the collector
   * ends its connections, so that no client takes that for their end.
   */
  stopping(): void {
    this.#server.stop();
  }

  /** Ends streams, closes connections of clients, and stops. */
  async close(): Promise<void> {
    this.#feed.stop();
    this.#loopbackMeter?.stop();
    const mptcp = await this.#mptcp;
    await Promise.all([this.#server.close(), this.#loopback?.stop(), mptcp?.close()]);
  }
}
