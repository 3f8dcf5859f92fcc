import { setTimeout as sleep } from 'node:timers/promises';
import { Exclusions, StateSlots } from '../../../cache/index.js';
import { DestroyEventsError } from '../../../collector/index.js';
import { BootPrefixError, bootUuidPrefix } from '../../../host/index.js';
import { createOwnCollector, StoreFeed, WatchedNamespaces } from '../../../live/feed/index.js';
import { createProcessSearch, ProcessOwners } from '../../../live/processes/index.js';
import type { Logger } from '../../../log/index.js';
import { AddonError, loadNetlink, type NetlinkAddon } from '../../../native/index.js';
import { SourceError, type TopSource } from '../../../view/top/index.js';
import { AnsweringSource } from './answering-source.js';
import { statusOf } from './own-status.js';

/** Options of {@link openOwnSource}. */
export interface OwnSourceOptions {
  /** Shows connections over loopback, too. */
  readonly loopback: boolean;
}

/** Time between two scans: a request and its answer are told apart if they are further apart than this. */
const SCAN_NS = 250e6;
/**
 * Share of one core that scans may take: on a machine with a large table they are further apart, from about 600
 * connections on. What the rows take of their records is about three times that.
 */
const SCAN_SHARE = 0.0075;
const HISTORY_SEC = 900;
const HISTORY_BYTES = 64 * 2 ** 20;
const KEEP_CLOSED_SEC = 600;
/** Share of one core that the search for processes may use. */
const PROCESS_SHARE = 0.02;
/** Longest wait for the first scan. */
const FIRST_SCAN_MS = 5000;
const WAIT_MS = 10;

/**
 * Opens a source that reads the connections in this process, without any right: four scans a second, and the ends of
 * connections.
 * @throws SourceError if the kernel does not allow it
 */
export async function openOwnSource({ loopback }: OwnSourceOptions): Promise<TopSource> {
  const startedMs = performance.now();
  const uuidPrefix = prefix();
  const netlink = loadAddon();
  const trouble = new LastTrouble();
  const search = createProcessSearch({ netlink, cpuBudget: PROCESS_SHARE, log: trouble });
  const slots = new StateSlots();
  const watched = new WatchedNamespaces();
  const feed = new StoreFeed({
    slots,
    historySec: HISTORY_SEC,
    maxHistoryBytes: HISTORY_BYTES,
    keepClosedSec: KEEP_CLOSED_SEC,
    scanUs: SCAN_NS / 1000,
    isWatched: (netns) => watched.has(netns),
    owners: new ProcessOwners(search),
    onFault: (error) => trouble.error('the store failed', { error: String(error) }),
  });
  const collector = createOwnCollector({
    ...{ netlink, slots, watched },
    uuidPrefix,
    intervalNs: SCAN_NS,
    cpuBudget: SCAN_SHARE,
    destroyEvents: 'auto',
    exclusions: new Exclusions({ srcPorts: [], dstAddressKeys: [], ...(loopback ? { local: 'include' } : {}) }),
    observers: feed.observers,
    log: trouble,
  });
  try {
    collector.start();
  } catch (error) {
    if (error instanceof DestroyEventsError) throw new SourceError(error.message, false);
    throw error;
  }
  search.start();
  feed.start();
  const close = async (): Promise<void> => {
    feed.stop();
    await Promise.all([collector.stop(), search.stop()]);
  };
  const endMs = startedMs + FIRST_SCAN_MS;
  while (!watched.has(undefined) && performance.now() < endMs) await sleep(WAIT_MS);
  if (!watched.has(undefined)) {
    await close();
    throw new SourceError(`the kernel does not list its connections: ${trouble.message ?? 'no answer'}`, false);
  }
  // The first rows are those of this scan; without it the first view would be empty for a second.
  feed.store.tick();
  const { store } = feed;
  return new AnsweringSource({
    mode: 'own',
    place: '',
    store,
    status: () => statusOf(store, { loopback, beatUs: SCAN_NS / 1000, uuidPrefix, startedMs }),
    close,
  });
}

/** @throws SourceError */
function loadAddon(): NetlinkAddon {
  try {
    return loadNetlink();
  } catch (error) {
    if (error instanceof AddonError) throw new SourceError(error.message, false);
    throw error;
  }
}

/** Returns the prefix of UUIDs that a collector with `-uuid-prefix=auto` uses, so that both show the same UUIDs. */
function prefix(): string {
  try {
    return bootUuidPrefix(process.env);
  } catch (error) {
    // A name that no archive could have does for rows that are never archived.
    if (error instanceof BootPrefixError || (error instanceof Error && 'syscall' in error)) return 'here';
    throw error;
  }
}

/** Log that keeps the last trouble: the screen belongs to the connections. */
class LastTrouble implements Logger {
  readonly isDebug = false;
  message: string | undefined;

  debug(): void {
    // The screen has no room for it.
  }

  info(): void {
    // The screen shows what happens.
  }

  warn(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.message = [message, ...Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`)].join(' ');
  }

  error(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.warn(message, fields);
  }
}
