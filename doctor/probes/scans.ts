import { setTimeout as sleep } from 'node:timers/promises';
import { Exclusions } from '../../cache/index.js';
import { emptyWalk, tcpConnections } from '../../collector/index.js';
import { compileFilter } from '../../inetdiag/index.js';
import {
  type AnyBatch,
  type NetlinkAddon,
  readQuietScans,
  type ScanFailure,
  type ScanFigures,
  type SourceOptions,
} from '../../native/index.js';
import { quantile } from './quantile.js';

/** Longest beat that is measured: a hundred scans a minute apart would take too long. */
const MAX_BEAT_NS = 10e6;
const SCANS = 100;
const WALKS = 30;
/** Upper limit for all scans together. */
const MAX_MS = 3000;
const LOOK_MS = 5;

/** Cost of scans on this machine. */
export interface ScanFindings {
  /** Number of complete scans measured, after a first one that fills the tables. */
  readonly scans: number;
  readonly failed: number;
  /** Error of the last failed scan. */
  readonly failure?: ScanFailure;
  /** Connections that the last scan copied, which the collector would record. */
  readonly sockets: number;
  readonly medianNs: number;
  readonly p99Ns: number;
  /** Time of a walk over the kernel's table that copies nothing. */
  readonly emptyWalkNs: number;
  /** Delay of a scan after its deadline. */
  readonly lateMedianNs: number;
  readonly lateP99Ns: number;
}

/** Scans for about a second, as the collector does: with its request, its filter and its thread. */
export async function probeScans(netlink: Pick<NetlinkAddon, 'Poller'>, intervalNs: number): Promise<ScanFindings> {
  const beatNs = Math.min(intervalNs, MAX_BEAT_NS);
  const filter = compileFilter(new Exclusions({ srcPorts: [], dstAddressKeys: [] }).rules);
  const walks = await series(netlink, emptyWalk(beatNs), WALKS);
  const all = await series(netlink, tcpConnections(beatNs, 'off', { filter }), SCANS);
  const complete = all.filter(({ failure }) => failure === undefined);
  const failure = all.findLast((scan) => scan.failure !== undefined)?.failure;
  const of = (figures: readonly ScanFigures[], name: 'durationNs' | 'lateNs', share: number): number =>
    quantile(
      figures.map((scan) => scan[name]),
      share,
    );
  return {
    scans: complete.length,
    failed: all.length - complete.length,
    ...(failure === undefined ? {} : { failure }),
    sockets: complete.at(-1)?.seen ?? 0,
    medianNs: of(complete, 'durationNs', 0.5),
    p99Ns: of(complete, 'durationNs', 0.99),
    emptyWalkNs: of(walks, 'durationNs', 0.5),
    lateMedianNs: of(complete, 'lateNs', 0.5),
    lateP99Ns: of(complete, 'lateNs', 0.99),
  };
}

/** Makes this number of scans after a first one, or as many as there is time for. */
async function series(
  netlink: Pick<NetlinkAddon, 'Poller'>,
  source: SourceOptions,
  wanted: number,
): Promise<ScanFigures[]> {
  const figures: ScanFigures[] = [];
  let isOver = false;
  const onBatch = (batch: AnyBatch): void => {
    if (isOver) return; // the last scan has no deadline
    if (batch.kind === 'quiet') figures.push(...readQuietScans(batch));
    else if (batch.kind === 'scan') figures.push(batch);
  };
  const poller = new netlink.Poller({ sources: [source] }, onBatch);
  poller.start();
  const endMs = performance.now() + MAX_MS;
  while (figures.length <= wanted && performance.now() < endMs) await sleep(LOOK_MS);
  isOver = true;
  await poller.stop();
  return figures.slice(1);
}
