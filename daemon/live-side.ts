import type { FlowLookups } from '../collector/conntrack/index.js';
import { inspectMachine, ownNamespaceInode, pageFolder, whyNoSubflows } from '../host/index.js';
import type { SocketProcesses } from '../host/processes/index.js';
import type { HttpAnswering } from '../live/answers/index.js';
import type { StoreFeed } from '../live/feed/index.js';
import type { Recorder } from '../live/recorder/index.js';
import type { LiveService, LiveServiceOptions } from '../live/service/index.js';
import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { NetlinkAddon } from '../native/index.js';
import { createAnonymize, createAnonymizeAddress, createAnonymizeFlow } from '../saver/index.js';
import type { AddressBooks } from './address-books.js';
import type { Alerts } from './alerts.js';
import type { Config } from './config.js';
import type { LoadedConntrack } from './conntrack.js';
import type { ObserversOptions } from './observers.js';
import type { Run } from './recording.js';
import { type UuidPrefix, uuidPrefixIn } from './uuid-prefix.js';
import type { WatchedNamespaces } from './watched-namespaces.js';
import type { Watches } from './watches.js';

/** Options of {@link createLiveSide}. */
export interface LiveSideOptions extends Pick<LoadedConntrack, 'liveFlows' | 'noFlows'> {
  readonly config: Config;
  readonly prefix: UuidPrefix;
  readonly netlink: NetlinkAddon;
  readonly version: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly addresses: AddressBooks;
  readonly watched: WatchedNamespaces;
  /** Alerts; absent without `-alerts`. */
  readonly alerts?: Alerts | undefined;
  /** Watches; absent if there cannot be any. */
  readonly watches?: Watches | undefined;
  /** Class of a store without an API, for alerts and watches; absent with `-live`, and without both. */
  readonly StoreFeed?: typeof StoreFeed | undefined;
  readonly run: Run;
  /** HTTP exchanges; absent if they are not read. */
  readonly exchanges?: HttpAnswering | undefined;
  /** Flight recorder; absent without. */
  readonly recordings?: Recorder;
  /** Class of the live side; absent without `-live`. */
  readonly LiveService?: typeof LiveService;
  /** Functions that search for processes; absent when they are not looked up. */
  readonly processes?: typeof import('../live/processes/index.js');
  /** Search for processes; absent when they are not looked up. */
  readonly search?: SocketProcesses;
  /** Returns the time between two scans, microseconds. */
  readonly beatUs: () => number;
  /** Environment variables, for the folder of a random token. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Shows a text to the person at the terminal; absent without a terminal. */
  readonly announce?: (text: string) => void;
}

/** Functions that create what the configuration asks for, once the other observers are there. */
type LiveSide = Pick<ObserversOptions, 'createLive' | 'createFeed' | 'createArchiveProcesses'>;

/** Returns the functions that create the live side and the processes of archives; those that are off are absent. */
export function createLiveSide(options: LiveSideOptions): LiveSide {
  const { config, processes, search } = options;
  const createLive = liveCreator(options);
  const createFeed = createLive === undefined ? feedCreator(options) : undefined;
  return {
    ...(createFeed === undefined ? {} : { createFeed }),
    ...(createLive === undefined ? {} : { createLive }),
    ...(!config.process.inArchives || processes === undefined || search === undefined
      ? {}
      : { createArchiveProcesses: (parts) => new processes.ArchiveProcesses({ search, ...parts }) }),
  };
}

function liveCreator(options: LiveSideOptions): LiveSide['createLive'] {
  const { config, LiveService, prefix, netlink, version, log, environment, announce } = options;
  const { addresses, watched, liveFlows, noFlows, alerts, watches, run } = options;
  const { live: settings, netns: targets } = config;
  const { live: metrics } = options.metrics;
  if (LiveService === undefined || settings === undefined) return undefined;
  if (metrics === undefined) return undefined;
  const method = settings.fullAddresses ? 'none' : config.anonymize;
  const anonymizeFlow = createAnonymizeFlow(method, addresses);
  return ({ flows, localPorts, eventServer, collector, ...parts }) =>
    new LiveService({
      ...{ ...parts, settings, netlink, version, log, environment, metrics },
      page: pageFolder(),
      intervalNs: config.intervalNs,
      destroyEvents: config.destroyEvents,
      exclusions: {
        srcPorts: config.excludedSrcPorts,
        dstAddressKeys: config.excludedDstAddressKeys,
        rules: config.filterRules,
      },
      uuidPrefix: prefix.text,
      ...(targets === undefined
        ? {}
        : {
            namespaces: {
              targets,
              uuidPrefixIn: (netns) => uuidPrefixIn(prefix.text, netns, run.origin.kernel),
              onEntered: (netns, fd) => addresses.entered(netns, fd),
              onLeft: (netns) => addresses.left(netns),
            },
          }),
      ...shownParts(options, method, flows),
      ...(liveFlows === undefined
        ? {}
        : {
            createFlowAnswers: (store) =>
              new liveFlows.FlowAnswers({
                ...{ store, log },
                // Without cutting, the kernel tests conditions on addresses.
                ...(method === 'none' ? {} : { shown: (flow) => anonymizeFlow(flow) }),
                findNamespace: (text) => {
                  const found = watched.find(text);
                  if (found === undefined) return undefined;
                  const { netns, fd } = found;
                  return {
                    inode: netns.inode,
                    target: { kind: 'path', path: `/proc/self/fd/${fd}` },
                    ...(method === 'none' ? {} : { shown: (flow) => anonymizeFlow(flow, netns) }),
                  };
                },
              }),
          }),
      ...(noFlows === undefined ? {} : { noFlows }),
      ...(alerts === undefined ? {} : { createAlerts: (store) => alerts.attach(store, eventServer) }),
      ...(watches === undefined
        ? {}
        : {
            createWatches: (store, loopback) => {
              watches.attach({ store, collectors: () => [collector(), ...(loopback === undefined ? [] : [loopback])] });
              return watches;
            },
          }),
      ...(options.exchanges === undefined ? {} : { exchanges: options.exchanges }),
      ...(options.recordings === undefined ? {} : { recordings: options.recordings }),
      network: {
        metrics: options.metrics,
        shownAddress: createAnonymizeAddress(method, addresses),
        ...(localPorts === undefined ? {} : { localPorts }),
        ...(run.player === undefined ? {} : NO_MACHINE),
      },
      ...ownNamespace(),
      ...(run.player === undefined ? ofMptcp(watched) : {}),
      ...(config.writesArchives ? { archives: config.output } : {}),
      host: run.origin.host,
      ...replayOf(run),
      beatUs: options.beatUs,
      ...(announce === undefined ? {} : { announce }),
    });
}

/** Parts of a store that say what its rows show: processes, flows, and addresses as they may be seen. */
type ShownParts = Pick<LiveServiceOptions, 'owners' | 'flowReader' | 'shownIdm'>;

function shownParts(
  { processes, search, addresses }: LiveSideOptions,
  method: Config['anonymize'],
  flows: FlowLookups | undefined,
): ShownParts {
  const anonymize = createAnonymize(method, addresses);
  const anonymizeFlow = createAnonymizeFlow(method, addresses);
  return {
    ...(search === undefined || processes === undefined ? {} : { owners: new processes.ProcessOwners(search) }),
    ...(flows === undefined
      ? {}
      : {
          flowReader: (connection) => {
            const { netns } = connection;
            return flows.flowReader(connection, (flow) => anonymizeFlow(flow, netns));
          },
        }),
    shownIdm: ({ rawIdm, attributes }, netns) =>
      rawIdm === undefined ? undefined : anonymize({ rawIdm, attributes }, netns),
  };
}

/** History that alerts and watches need: none, but a store has some. */
const FEED_HISTORY_SEC = 60;
const FEED_HISTORY_BYTES = 2 ** 20;

/** Returns the function that creates a store for alerts and watches alone; undefined without both. */
function feedCreator(options: LiveSideOptions): LiveSide['createFeed'] {
  const { config, alerts, watches, StoreFeed: Feed, log } = options;
  if (Feed === undefined) return undefined;
  return ({ slots, isWatched, walkLimits, flows, eventServer, collector }) => {
    const feed = new Feed({
      ...{ slots, isWatched, walkLimits },
      historySec: FEED_HISTORY_SEC,
      maxHistoryBytes: FEED_HISTORY_BYTES,
      keepClosedSec: 0,
      scanUs: config.intervalNs / 1000,
      onFault: (error) => log.error('the store of alerts and watches failed', { error: String(error) }),
      ...shownParts(options, config.anonymize, flows),
    });
    alerts?.attach(feed.store, eventServer);
    watches?.attach({ store: feed.store, collectors: () => [collector()] });
    return feed;
  };
}

/** Returns the clock of a replay. */
function replayOf({ player }: Run): Pick<LiveServiceOptions, 'replay'> {
  if (player === undefined) return {};
  const nowUs = (): number => 1000 * Date.parse(player.clock.timestamp());
  return { replay: { nowUs, every: player.every.bind(player) } };
}

/** Readings of a replay: this machine is not the one that was recorded. */
const NO_MACHINE: Pick<LiveServiceOptions['network'], 'openSession' | 'read'> = {
  openSession: () => ({
    // biome-ignore lint/correctness/useYield: a list of nothing
    list: async function* () {
      return undefined;
    },
    close: async () => undefined,
  }),
  read: () => undefined,
};

/** Returns what the live side needs to know of MPTCP on this machine. */
function ofMptcp(watched: WatchedNamespaces): Pick<LiveServiceOptions, 'findNamespace' | 'mptcpUnknown'> {
  const mptcpUnknown = whyNoSubflows(inspectMachine());
  return {
    findNamespace: (inode) => {
      const found = watched.find(String(inode));
      return found && { kind: 'path', path: `/proc/self/fd/${found.fd}` };
    },
    ...(mptcpUnknown === undefined ? {} : { mptcpUnknown }),
  };
}

/** Returns the inode of the own network namespace; absent if unknown. */
export function ownNamespace(): { readonly netnsInode?: number } {
  const netnsInode = ownNamespaceInode();
  return netnsInode === undefined ? {} : { netnsInode };
}
