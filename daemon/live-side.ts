import type { FlowLookups } from '../collector/conntrack/index.js';
import { ownNamespaceInode, pageFolder } from '../host/index.js';
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
  /** Class of a store without an API, for alerts; absent with `-live`. */
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
type LiveSide = Pick<ObserversOptions, 'createLive' | 'createAlertFeed' | 'createArchiveProcesses'>;

/** Returns the functions that create the live side and the processes of archives; those that are off are absent. */
export function createLiveSide(options: LiveSideOptions): LiveSide {
  const { config, processes, search } = options;
  const createLive = liveCreator(options);
  const createAlertFeed = createLive === undefined ? alertFeedCreator(options) : undefined;
  return {
    ...(createAlertFeed === undefined ? {} : { createAlertFeed }),
    ...(createLive === undefined ? {} : { createLive }),
    ...(!config.process.inArchives || processes === undefined || search === undefined
      ? {}
      : { createArchiveProcesses: (parts) => new processes.ArchiveProcesses({ search, ...parts }) }),
  };
}

function liveCreator(options: LiveSideOptions): LiveSide['createLive'] {
  const { config, LiveService, prefix, netlink, version, log, environment, announce } = options;
  const { addresses, watched, liveFlows, noFlows, alerts, run } = options;
  const { live: settings, netns: targets } = config;
  const { live: metrics, watches: watchMetrics } = options.metrics;
  if (LiveService === undefined || settings === undefined) return undefined;
  if (metrics === undefined || watchMetrics === undefined) return undefined;
  const method = settings.fullAddresses ? 'none' : config.anonymize;
  const anonymizeFlow = createAnonymizeFlow(method, addresses);
  return ({ flows, localPorts, eventServer, watching, ...parts }) => {
    if (watching === undefined) throw new RangeError('the reads of watched connections are missing');
    return new LiveService({
      watching,
      ...{ ...parts, settings, netlink, version, log, environment, metrics },
      watch: { ...config.watch, metrics: watchMetrics },
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
      ...(options.exchanges === undefined ? {} : { exchanges: options.exchanges }),
      ...(options.recordings === undefined ? {} : { recordings: options.recordings }),
      network: {
        metrics: options.metrics,
        shownAddress: createAnonymizeAddress(method, addresses),
        ...(localPorts === undefined ? {} : { localPorts }),
        ...(run.player === undefined ? {} : NO_MACHINE),
      },
      ...ownNamespace(),
      ...(config.writesArchives ? { archives: config.output } : {}),
      host: run.origin.host,
      ...replayOf(run),
      beatUs: options.beatUs,
      ...(announce === undefined ? {} : { announce }),
    });
  };
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

/** History that alerts need: none, but a store has some. */
const ALERT_HISTORY_SEC = 60;
const ALERT_HISTORY_BYTES = 2 ** 20;

/** Returns the function that creates a store for alerts alone; undefined without alerts. */
function alertFeedCreator(options: LiveSideOptions): LiveSide['createAlertFeed'] {
  const { config, alerts, StoreFeed: Feed, log } = options;
  if (alerts === undefined || Feed === undefined) return undefined;
  return ({ slots, isWatched, walkLimits, flows, eventServer }) => {
    const feed = new Feed({
      ...{ slots, isWatched, walkLimits },
      historySec: ALERT_HISTORY_SEC,
      maxHistoryBytes: ALERT_HISTORY_BYTES,
      keepClosedSec: 0,
      scanUs: config.intervalNs / 1000,
      onFault: (error) => log.error('the store of alerts failed', { error: String(error) }),
      ...shownParts(options, config.anonymize, flows),
    });
    alerts.attach(feed.store, eventServer);
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

function ownNamespace(): { readonly netnsInode?: number } {
  const netnsInode = ownNamespaceInode();
  return netnsInode === undefined ? {} : { netnsInode };
}
