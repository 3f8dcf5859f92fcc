import type { SecondSample } from './history-cells.js';
import type { LiveRow } from './live-row.js';
import type { SecondGrowth } from './second.js';

/** Returns what the history keeps of a row's second. */
export function sampleOf(row: LiveRow, growth: SecondGrowth, second: number): SecondSample {
  const { observation: o, now } = row;
  return {
    second,
    state: o.state,
    // Not every record is looked at; a late event does not count as one.
    records: Math.max(growth.records, row.newRecords),
    gauges: [o.rttUs, o.minRttUs, now.derived.cwndBytes, now.derived.bytesInFlight, o.sndWndBytes],
    grown: [
      o.bytesSent === null ? null : growth.sentBytes,
      o.bytesAcked === null ? null : growth.ackedBytes,
      o.bytesReceived === null ? null : growth.receivedBytes,
      o.totalRetrans === null ? null : growth.retransSegments,
    ],
    limitedUs: growth.limits.causesUs,
  };
}
