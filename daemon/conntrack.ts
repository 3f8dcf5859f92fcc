import type { StateSlots } from '../cache/index.js';
import type { FlowLookups } from '../collector/conntrack/index.js';
import type { Logger } from '../log/index.js';
import type { ConntrackMetrics } from '../metrics/index.js';
import type { NetlinkAddon } from '../native/index.js';
import type { Config } from './config.js';

/** Functions that look up flows. */
export type ConntrackModule = typeof import('../collector/conntrack/index.js');

/** Functions that list flows for the live API. */
export type LiveFlowsModule = typeof import('../live/flows/index.js');

/** Options of {@link createFlowLookups}. */
export interface FlowLookupsParts {
  readonly config: Config;
  readonly module: ConntrackModule;
  readonly slots: StateSlots;
  readonly netlink: Pick<NetlinkAddon, 'Requester'>;
  readonly metrics: ConntrackMetrics;
  readonly log: Logger;
}

/** Creates the look-ups of flows. Each recorded network namespace has a thread of its own, which ends with it. */
export function createFlowLookups({ config, module, netlink, ...rest }: FlowLookupsParts): FlowLookups {
  return new module.FlowLookups({
    ...rest,
    keepsAll: config.conntrack.inArchives === 'all',
    onlyWhereTracked: config.conntrack.mode === 'auto',
    createRequester: (namespace) => module.netfilterRequester(netlink, namespace),
  });
}

/** Functions for flows, as far as they are looked up. */
export interface LoadedConntrack {
  /** Absent when flows are not looked up. */
  readonly conntrack?: ConntrackModule;
  /** Functions that list flows for the live API; absent without it, too. */
  readonly liveFlows?: LiveFlowsModule;
  /** Sentence that says why flows are not looked up, although they were asked for. */
  readonly noFlows?: string;
}

/**
 * Loads the functions for flows; none if flows are not to be looked up, or cannot be in mode `auto`.
 * @throws FlowLookupError in mode `on` if they cannot be
 */
export async function loadConntrack(
  { conntrack: { mode }, live }: Config,
  netlink: Pick<NetlinkAddon, 'Requester'>,
  log: Logger,
): Promise<LoadedConntrack> {
  if (mode === 'off') return {};
  const module = await import('../collector/conntrack/index.js');
  const { refusal, entries } = await probe(module, netlink);
  if (refusal === undefined) {
    if (mode === 'auto' && entries === 0) {
      log.info('no connection is tracked: flows are looked up as soon as the kernel tracks one');
    }
    return { conntrack: module, ...(live === undefined ? {} : { liveFlows: await import('../live/flows/index.js') }) };
  }
  if (mode === 'on') throw new module.FlowLookupError(`-conntrack=on: flows cannot be looked up: ${refusal}`);
  log.info('flows of connections are not looked up', { reason: refusal });
  return { noFlows: `flows cannot be looked up: ${refusal}` };
}

/** Asks the kernel whether flows can be looked up, and how many there are. */
async function probe(
  module: ConntrackModule,
  netlink: Pick<NetlinkAddon, 'Requester'>,
): Promise<{ readonly refusal: string | undefined; readonly entries?: number | undefined }> {
  const requester = module.netfilterRequester(netlink);
  try {
    const refusal = await module.conntrackRefusal(requester);
    return refusal === undefined ? { refusal, entries: await module.askTableEntries(requester) } : { refusal };
  } finally {
    await requester.close();
  }
}
