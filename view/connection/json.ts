import type { ConnectionRow, LimitedBy, RecordedTotals } from '../../analysis/index.js';
import { tcpStateName } from '../../tcp/index.js';
import type { Bucket, ExtentBuilder } from '../chart/index.js';
import { LIMITS } from '../index.js';
import { type ConnectionAnswer, connectionAnswer } from '../verdict/index.js';
import { leastAgeUs } from './facts.js';
import type { Shown } from './shown.js';
import { type Cell, type Counter, GAUGES, type Gauge } from './timeline-cell.js';

/** Smallest, largest and last value of a stretch of time. */
export interface ExtentJson {
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

/** Events and values in a stretch of a connection's time. Counters have their increase. */
export interface CellJson extends Readonly<Record<Counter, number | null>>, Readonly<Record<Gauge, ExtentJson | null>> {
  /** Start of the stretch, microseconds since the start of the timeline. */
  readonly fromUs: number;
  /** Number of records. */
  readonly snapshots: number;
  /** Names of the states entered, in order; absent without any. */
  readonly states?: readonly string[];
  /** Microseconds limited by each cause; causes without time are absent. */
  readonly limitedUs: Readonly<Partial<Record<LimitedBy, number>>>;
}

/** Totals since a connection began. */
export interface TotalsSinceBirthJson
  extends Readonly<
    Pick<ConnectionRow, 'bytesSent' | 'bytesAcked' | 'bytesReceived' | 'bytesRetrans' | 'totalRetrans'>
  > {
  /** Minimum age: a connection older than its recording may be older still. */
  readonly atLeastUs: number | null;
}

/** Connection for programs: answer, row and totals, archives, and a timeline of equal intervals. */
export interface ShownJson extends ConnectionAnswer {
  readonly connection: ConnectionRow;
  readonly totals: {
    readonly recorded: RecordedTotals & { readonly durationUs: number | null };
    readonly sinceBirth: TotalsSinceBirthJson;
  };
  readonly archives: readonly { readonly path: string; readonly sequence: number | null }[];
  /** Start of the timeline, microseconds since 1970; null without records. */
  readonly startUs: number | null;
  readonly spanUs: number;
  /** Width of each timeline entry; intervals without records or limits are absent. */
  readonly widthUs: number;
  readonly timeline: readonly CellJson[];
}

/** Formats a connection for programs, as one line of JSON. */
export function showJson(shown: Shown, row: ConnectionRow): string {
  return `${JSON.stringify(shownJson(shown, row))}\n`;
}

/** Returns the object that {@link showJson} formats. */
export function shownJson({ timeline, parts }: Shown, row: ConnectionRow): ShownJson {
  return {
    ...connectionAnswer(row),
    connection: row,
    totals: totals(row),
    archives: parts.map(({ path, sequence }) => ({ path, sequence: sequence ?? null })),
    startUs: timeline.startUs ?? null,
    spanUs: timeline.spanUs,
    widthUs: timeline.cellUs,
    timeline: timeline.cells().map(cellJson),
  };
}

/** Returns totals of the recorded time and totals since the connection began, each with its duration. */
function totals(row: ConnectionRow): ShownJson['totals'] {
  const { bytesSent, bytesAcked, bytesReceived, bytesRetrans, totalRetrans } = row;
  return {
    recorded: { durationUs: row.durationUs, ...row.recorded },
    sinceBirth: {
      atLeastUs: leastAgeUs(row),
      ...{ bytesSent, bytesAcked, bytesReceived, bytesRetrans, totalRetrans },
    },
  };
}

/** Returns a cell for programs. */
export function cellJson({ startUs, value }: Bucket<Cell>): CellJson {
  const { snapshots, entered, grown, gauges, limitedUs } = value;
  const limits = LIMITS.flatMap(({ name }, i) => ((limitedUs[i] ?? 0) > 0 ? [[name, limitedUs[i]] as const] : []));
  const extents = GAUGES.map((gauge) => [gauge, extentJson(gauges[gauge])] as const);
  return {
    fromUs: startUs,
    snapshots,
    ...(entered.length > 0 ? { states: entered.map(tcpStateName) } : {}),
    ...grown,
    ...(Object.fromEntries(extents) as Record<Gauge, ExtentJson | null>),
    limitedUs: Object.fromEntries(limits),
  };
}

function extentJson({ extent }: ExtentBuilder): ExtentJson | null {
  return extent === undefined ? null : { min: extent.low, max: extent.high, last: extent.last };
}
