import type { Derived, Observation } from '../../analysis/index.js';
import type { TimelineSample } from './timeline-cell.js';

/** Takes the values for the timeline from a snapshot and the values derived from it. */
export function timelineSample(observation: Observation, derived: Derived): TimelineSample {
  return {
    timeUs: observation.timeUs,
    state: observation.state,
    bytesSent: observation.bytesSent,
    bytesAcked: observation.bytesAcked,
    bytesReceived: observation.bytesReceived,
    totalRetrans: observation.totalRetrans,
    rttUs: observation.rttUs,
    minRttUs: observation.minRttUs,
    cwndBytes: derived.cwndBytes,
    flightBytes: derived.bytesInFlight,
    windowBytes: observation.sndWndBytes,
    limitedBy: derived.limitedBy,
  };
}
