import type { Snapshot } from '../parse/snapshot/index.js';
import { fillObservation, numberReaders, type ObservationReaders } from './fill-observation.js';
import { newObservation, type Observation } from './observation.js';
import { timestampToUs } from './time.js';

const FROM_SNAPSHOT: ObservationReaders<Snapshot> = {
  ...numberReaders<Snapshot>(
    ({ inSnapshot }) =>
      (snapshot) =>
        inSnapshot(snapshot) ?? null,
  ),
  timestamp: ({ timestamp }) => timestamp,
  timeUs: ({ timestamp }) => timestampToUs(timestamp),
  hasInfo: ({ tcpInfo }) => tcpInfo !== undefined,
  congestionAlgorithm: ({ congestionAlgorithm }) => congestionAlgorithm ?? null,
  appLimited: ({ tcpInfo }) => tcpInfo?.deliveryRateAppLimited === true,
};

/** Fills an observation from a decoded snapshot. */
export function observeSnapshot(snapshot: Snapshot, into: Observation = newObservation()): Observation {
  return fillObservation(FROM_SNAPSHOT, snapshot, into);
}
