import type { ConnectionRow } from '../../analysis/index.js';
import { tcpStateName } from '../../tcp/index.js';
import type { ExtentBuilder } from '../chart/index.js';
import { LIMITS } from '../index.js';
import { connectionAnswer } from '../verdict/index.js';
import type { ShownConnection } from './connection-view.js';
import { leastAgeUs } from './facts.js';
import { type Cell, GAUGES } from './timeline-cell.js';

/** Formats a connection for programs: answer, row and totals, archives, and a timeline of equal intervals. */
export function showJson(shown: ShownConnection, row: ConnectionRow): string {
  const { timeline, parts } = shown;
  const object = {
    ...connectionAnswer(row),
    connection: row,
    totals: totals(row),
    archives: parts.map(({ path, sequence }) => ({ path, sequence: sequence ?? null })),
    startUs: timeline.startUs ?? null,
    spanUs: timeline.spanUs,
    /** Width of each timeline entry; intervals without records or limits are absent. */
    widthUs: timeline.cellUs,
    timeline: timeline.cells().map(({ startUs, value }) => ({ fromUs: startUs, ...cellObject(value) })),
  };
  return `${JSON.stringify(object)}\n`;
}

/** Returns totals of the recorded time and totals since the connection began, each with its duration. */
function totals(row: ConnectionRow): object {
  const { bytesSent, bytesAcked, bytesReceived, bytesRetrans, totalRetrans } = row;
  return {
    recorded: { durationUs: row.durationUs, ...row.recorded },
    sinceBirth: {
      /** Minimum age: a connection older than its recording may be older still. */
      atLeastUs: leastAgeUs(row),
      ...{ bytesSent, bytesAcked, bytesReceived, bytesRetrans, totalRetrans },
    },
  };
}

function cellObject({ snapshots, entered, grown, gauges, limitedUs }: Cell): object {
  const limits = LIMITS.flatMap(({ name }, i) => ((limitedUs[i] ?? 0) > 0 ? [[name, limitedUs[i]] as const] : []));
  return {
    snapshots,
    ...(entered.length > 0 ? { states: entered.map(tcpStateName) } : {}),
    ...grown,
    ...Object.fromEntries(GAUGES.map((gauge) => [gauge, extentObject(gauges[gauge])])),
    limitedUs: Object.fromEntries(limits),
  };
}

function extentObject({ extent }: ExtentBuilder): object | null {
  return extent === undefined ? null : { min: extent.low, max: extent.high, last: extent.last };
}
