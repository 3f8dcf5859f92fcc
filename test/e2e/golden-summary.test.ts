import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DAEMON } from '../support/daemon.js';
import { GOLDEN, goldenFiles, haveGolden } from '../support/golden.js';

const CSVTOOL = join(import.meta.dirname, '../../dist/cmd/csvtool/main.js');
const execute = promisify(execFile);
/** Accepted error of histogram quantiles, 1 %; rates are within rounding. */
const HISTOGRAM = 0.01;

async function output(...args: readonly string[]): Promise<string> {
  return (await execute(process.execPath, [...args], { maxBuffer: 1 << 28 })).stdout;
}

/** Counters of a connection from its CSV lines, computed without code of the tools. */
interface Figures {
  readonly uuid: string;
  readonly remoteAddress: string;
  readonly snapshots: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Counters of the last line, and their increase since the first. */
  /** True if its clocks show that it is older than the recording: a summary counts only what moved while recorded. */
  readonly isOlder: boolean;
  readonly sent: Counter;
  readonly acked: Counter;
  readonly received: Counter;
  readonly retransmittedBytes: Counter;
  readonly retransmittedPackets: Counter;
  /** Smoothed round-trip times of all lines, ascending. */
  readonly rttUs: readonly number[];
  readonly minRttUs: number;
  readonly congestion: string;
}

/** Age at the first snapshot above which a connection is older than its recording. */
const OLDER_MS = 100;

interface Counter {
  readonly last: number;
  readonly grown: number;
}

/** Computes the figures of one archive from `csvtool` output. */
async function figuresOf(path: string): Promise<Figures> {
  const [header = '', ...lines] = (await output(CSVTOOL, path)).trimEnd().split('\n');
  const titles = header.split(',');
  const rows = lines.map((line) => {
    const cells = line.split(',');
    expect(cells).toHaveLength(titles.length);
    return (title: string): string => cells[titles.indexOf(title)] ?? '';
  });
  // The metadata line has no socket.
  const snapshots = rows.filter((cell) => cell('IDM.Family') !== '');
  const [first, last] = [snapshots[0], snapshots.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`${path}: no snapshot`);
  const numbers = (title: string): number[] => snapshots.map((cell) => Number(cell(title)));
  const counter = (title: string): Counter => ({
    last: Number(last(title)),
    grown: Number(last(title)) - Number(first(title)),
  });
  // The last of these titles occurs twice: data and acknowledgements received.
  const sinceMs = ['TCP.LastDataSent', 'TCP.LastDataRecv'].map((title) => Number(first(title)));
  const ageMs = Math.max(...sinceMs, Number(first('TCP.BusyTime')) / 1000);
  return {
    uuid: basename(path).replace(/\.\d{5}\.jsonl\.zst$/, ''),
    remoteAddress: first('IDM.SockID.Dst'),
    snapshots: snapshots.length,
    firstMs: Date.parse(first('Timestamp')),
    lastMs: Date.parse(last('Timestamp')),
    isOlder: ageMs >= OLDER_MS,
    sent: counter('TCP.BytesSent'),
    acked: counter('TCP.BytesAcked'),
    received: counter('TCP.BytesReceived'),
    retransmittedBytes: counter('TCP.BytesRetrans'),
    retransmittedPackets: counter('TCP.TotalRetrans'),
    rttUs: ascending(numbers('TCP.RTT')),
    minRttUs: Math.min(...numbers('TCP.MinRTT')),
    congestion: last('CongestionAlgorithm'),
  };
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Expects a quantile between its two neighbouring values. */
function expectQuantile(actual: number | null, sorted: readonly number[], share: number, what: string): void {
  const at = share * (sorted.length - 1);
  const [low = NaN, high = NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  expect(actual, what).toBeGreaterThanOrEqual(low * (1 - HISTOGRAM));
  expect(actual, what).toBeLessThanOrEqual(high * (1 + HISTOGRAM));
}

/** Returns all bytes of the recorded time divided by it, or null if most moved before a time too short for a rate. */
function rate({ last, grown }: Counter, { firstMs, lastMs, isOlder }: Figures): number | null {
  const bytes = isOlder ? grown : last;
  return lastMs - firstMs < OLDER_MS && 2 * (bytes - grown) > bytes ? null : (bytes * 1000) / (lastMs - firstMs);
}

function expectRate(actual: unknown, rate: number | null): void {
  if (rate === null) expect(actual).toBeNull();
  else expect(actual).toBeCloseTo(rate, 6);
}

interface Quantiles {
  readonly count: number;
  readonly min: number;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

interface Summary {
  readonly [key: string]: unknown;
  readonly from: string;
  readonly to: string;
  readonly peers: readonly { readonly peer: string }[];
  readonly durationUs: Quantiles;
  readonly rttUs: Quantiles;
  readonly minRttUs: Quantiles;
  readonly retransmitters: readonly { readonly uuid: string; readonly retransmitRate: number }[];
  readonly howEnded: Readonly<Record<string, number>>;
}

interface Shown {
  readonly connection: Readonly<Record<string, number | string | null>>;
  readonly timeline: readonly Readonly<Record<'snapshots' | 'bytesSent' | 'bytesReceived' | 'totalRetrans', number>>[];
}

async function json<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await output(DAEMON, ...args)) as T;
}

function expectQuantiles(actual: Quantiles, values: readonly number[], what: string): void {
  const sorted = ascending(values);
  expect(actual.count, what).toBe(sorted.length);
  for (const [share, value] of [
    [0, actual.min],
    [0.05, actual.p5],
    [0.5, actual.median],
    [0.95, actual.p95],
    [1, actual.max],
  ] as const) {
    expectQuantile(value, sorted, share, `${what}, ${share}`);
  }
}

/** Returns the figures of the recorded time: a summary excludes what an older connection moved before. */
function whileRecorded(figures: Figures): Figures {
  if (!figures.isOlder) return figures;
  const grown = (counter: Counter): Counter => ({ ...counter, last: counter.grown });
  return {
    ...figures,
    sent: grown(figures.sent),
    received: grown(figures.received),
    retransmittedBytes: grown(figures.retransmittedBytes),
    retransmittedPackets: grown(figures.retransmittedPackets),
  };
}

/** Compares a summary with its connections. */
function expectSummary(summary: Summary, whole: readonly Figures[]): void {
  const all = whole.map(whileRecorded);
  expect(summary).toMatchObject({
    connections: all.length,
    snapshots: sum(all.map(({ snapshots }) => snapshots)),
    bytesSent: sum(all.map(({ sent }) => sent.last)),
    bytesReceived: sum(all.map(({ received }) => received.last)),
    bytesRetrans: sum(all.map(({ retransmittedBytes }) => retransmittedBytes.last)),
    totalRetrans: sum(all.map(({ retransmittedPackets }) => retransmittedPackets.last)),
  });
  expect(Date.parse(summary.from)).toBe(Math.min(...all.map(({ firstMs }) => firstMs)));
  expect(Date.parse(summary.to)).toBe(Math.max(...all.map(({ lastMs }) => lastMs)));
  expect(sum(Object.values(summary.howEnded))).toBe(all.length);
  expectQuantiles(
    summary.durationUs,
    all.map(({ firstMs, lastMs }) => (lastMs - firstMs) * 1000),
    'duration',
  );
  expectQuantiles(
    summary.minRttUs,
    all.map(({ minRttUs }) => minRttUs),
    'minimum RTT',
  );
  const medians = all.map(({ rttUs }) => rttUs[Math.floor((rttUs.length - 1) / 2)] ?? NaN);
  expectQuantiles(summary.rttUs, medians, 'medians of RTT');

  const peers = [...new Set(all.map(({ remoteAddress }) => remoteAddress))].map((peer) => {
    const own = all.filter(({ remoteAddress }) => remoteAddress === peer);
    const bytesSent = sum(own.map(({ sent }) => sent.last));
    const bytesReceived = sum(own.map(({ received }) => received.last));
    return { peer, connections: own.length, bytesSent, bytesReceived };
  });
  const byBytes = peers.sort((a, b) => b.bytesSent + b.bytesReceived - a.bytesSent - a.bytesReceived);
  expect(summary.peers).toMatchObject(byBytes.slice(0, summary.peers.length));

  const resent = all.filter(({ retransmittedBytes }) => retransmittedBytes.last > 0);
  const most = ascending(resent.map(({ retransmittedBytes }) => retransmittedBytes.last)).reverse();
  expect(summary.retransmitters.map((each) => (each as unknown as { bytesRetrans: number }).bytesRetrans)).toEqual(
    most.slice(0, summary.retransmitters.length),
  );
  for (const { uuid, retransmitRate } of summary.retransmitters) {
    const own = all.find((each) => each.uuid === uuid);
    expect(retransmitRate).toBeCloseTo((own?.retransmittedBytes.last ?? NaN) / (own?.sent.last ?? NaN), 12);
  }
}

const golden = haveGolden('figures of show and summary against those of csvtool');
const archives = golden ? goldenFiles('.jsonl.zst', 'mlab') : [];
/** Cache of figures, by path. */
const known = new Map<string, Figures>();

async function knownFigures(path: string): Promise<Figures> {
  const figures = known.get(path) ?? (await figuresOf(path));
  known.set(path, figures);
  return figures;
}

describe.skipIf(!golden)('figures of M-Lab’s archives, added up from CSV', () => {
  it.each(archives.map((path) => [basename(path), path]))('equal those of show and summary: %s', async (_, path) => {
    const [figures, shown, summary] = await Promise.all([
      knownFigures(path),
      json<Shown>('show', '--format=json', path),
      json<Summary>('summary', '--format=json', path),
    ]);
    const { connection, timeline } = shown;
    expect(connection).toMatchObject({
      uuid: figures.uuid,
      remoteAddress: figures.remoteAddress,
      snapshots: figures.snapshots,
      durationUs: (figures.lastMs - figures.firstMs) * 1000,
      bytesSent: figures.sent.last,
      bytesAcked: figures.acked.last,
      bytesReceived: figures.received.last,
      bytesRetrans: figures.retransmittedBytes.last,
      totalRetrans: figures.retransmittedPackets.last,
      minRttUs: figures.minRttUs,
      maxRttUs: figures.rttUs.at(-1),
      congestionAlgorithm: figures.congestion,
    });
    expect(Date.parse(String(connection['startTime']))).toBe(figures.firstMs);
    expect(Date.parse(String(connection['endTime']))).toBe(figures.lastMs);
    expectQuantile(Number(connection['medianRttUs']), figures.rttUs, 0.5, 'median RTT');
    expectQuantile(Number(connection['p95RttUs']), figures.rttUs, 0.95, 'p95 RTT');
    if (figures.lastMs > figures.firstMs) {
      expectRate(connection['sendThroughputBytesPerSec'], rate(figures.sent, figures));
      expectRate(connection['goodputBytesPerSec'], rate(figures.acked, figures));
      expectRate(connection['receiveThroughputBytesPerSec'], rate(figures.received, figures));
    }
    // The chart's segments add up to the recorded total.
    const total = (key: keyof Shown['timeline'][number]): number => sum(timeline.map((each) => each[key] ?? 0));
    expect([total('snapshots'), total('bytesSent'), total('bytesReceived'), total('totalRetrans')]).toEqual([
      figures.snapshots,
      figures.sent.grown,
      figures.received.grown,
      figures.retransmittedPackets.grown,
    ]);
    expectSummary(summary, [figures]);
  });

  it('equal those of the summary of all archives', async () => {
    const all: Figures[] = [];
    for (const path of archives) all.push(await knownFigures(path));
    expect(all.length).toBeGreaterThan(20);
    expectSummary(await json<Summary>('summary', '--format=json', join(GOLDEN, 'mlab')), all);
  });
});
