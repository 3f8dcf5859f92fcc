import type { Flow } from '../../conntrack/index.js';
import { type FlowListing, type ReadFlowsOptions, readFlows } from '../../conntrack/kernel/index.js';
import type { ConnectionStore } from '../store/index.js';
import type { FlowsJson } from '../wire/index.js';
import type { FlowPlan } from './flow-plan.js';
import { FlowSorter } from './flow-sorter.js';
import { Pacer } from './pacer.js';
import { PageWriter } from './page-writer.js';
import { countPlace, type FlowNamespaces, findPlace } from './place.js';

/** Flows of several dumps, which may return the same one, before one dump of all takes their place. */
const MAX_REMEMBERED = 8192;
/** Flows that are kept until their UUIDs are looked for, all at once. */
const PAGE = 1000;

/** Parts of a collector that a listing needs. */
export interface ListingParts extends FlowNamespaces {
  readonly store: Pick<ConnectionStore, 'rows'>;
  /** Counts flows (replaced in tests). */
  readonly count?: typeof countPlace;
  /** Lists flows (replaced in tests). */
  readonly read?: (options: ReadFlowsOptions) => FlowListing;
}

/** One attempt to list. */
interface Attempt {
  readonly signal: AbortSignal;
  readonly pacer: Pacer;
  readonly filtersInKernel: boolean;
}

/**
 * Lists flows in slices, and returns the bytes of a `FlowsJson` in chunks.
 * @throws ConntrackError, NamespaceError, RequestError; the reason of the signal
 */
export async function listFlows(plan: FlowPlan, parts: ListingParts, signal: AbortSignal): Promise<Uint8Array[]> {
  const pacer = new Pacer(signal);
  if (findPlace(parts, plan.netns).shown === undefined) {
    const chunks = await listOnce(plan, parts, { signal, pacer, filtersInKernel: true });
    if (chunks !== undefined) return chunks;
  }
  // With cut addresses the kernel would keep back flows for which a condition holds.
  const chunks = await listOnce(plan, parts, { signal, pacer, filtersInKernel: false });
  if (chunks === undefined) throw new TypeError('no flow comes twice in one dump of all flows');
  return chunks;
}

/** Asks once; returns undefined if too many flows would have to be remembered. */
async function listOnce(
  { filter, sort, limit, netns }: FlowPlan,
  parts: ListingParts,
  { signal, pacer, filtersInKernel }: Attempt,
): Promise<Uint8Array[] | undefined> {
  const { store, read = readFlows, count = countPlace } = parts;
  const { shown, inode, target } = findPlace(parts, netns);
  const listing = read({
    ...(filter === undefined ? {} : { filter }),
    ...(shown === undefined ? {} : { shown }),
    ...(target === undefined ? {} : { namespace: target }),
    ...{ filtersInKernel, signal, attempts: 1, pause: pacer.pause },
  });
  const most = listing.kernelPart.dumps.length > 1 ? MAX_REMEMBERED : Number.POSITIVE_INFINITY;
  const { isLocal } = listing;
  const time = new Date().toISOString();
  // Rows have cut addresses, too: several connections could have those of one flow.
  const rows = shown === undefined ? { store, netnsInode: inode } : undefined;
  const writer = new PageWriter({ rows, time, isLocal, pacer });
  const sorter = sort.length === 0 ? undefined : new FlowSorter(sort, limit);
  let page: Flow[] = [];
  let matched = 0;
  for await (const flows of listing) {
    const left = limit - matched;
    matched += flows.length;
    if (matched > most) return undefined;
    if (sorter !== undefined) {
      await sorter.add(flows, isLocal, pacer);
    } else if (left > 0) {
      page.push(...flows.slice(0, left));
      if (page.length < PAGE) continue;
      await writer.write(page);
      page = [];
    }
  }
  await writer.write(sorter === undefined ? page : await sorter.first(pacer));
  const head: Omit<FlowsJson, 'flows'> = {
    time,
    // Found again: its file may have been closed since.
    ...(await count(findPlace(parts, netns))),
    matched,
    undecoded: [...listing.counts.undecoded.values()].reduce((sum, count) => sum + count, 0),
  };
  const begin = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"flows":[`);
  return [begin, ...writer.take(), Buffer.from(']}\n')];
}
