import type { Snapshot } from '../parse/snapshot/index.js';
import { appLimitedOf, fillObservation, numberReaders, type ObservationReaders } from './fill-observation.js';
import { newObservation, type Observation } from './observation.js';
import { timestampToUs } from './time.js';

const NUMBERS = numberReaders<Snapshot>(
  ({ inSnapshot }) =>
    (snapshot) =>
      inSnapshot(snapshot) ?? null,
);

const FROM_SNAPSHOT: ObservationReaders<Snapshot> = {
  ...NUMBERS,
  timestamp: ({ timestamp }) => timestamp,
  timeUs: ({ timestamp }) => timestampToUs(timestamp),
  hasInfo: ({ tcpInfo }) => tcpInfo !== undefined,
  state: (snapshot) => NUMBERS.state(snapshot) ?? 0,
  congestionAlgorithm: ({ congestionAlgorithm }) => congestionAlgorithm ?? null,
  appLimited: ({ tcpInfo }) => appLimitedOf(tcpInfo?.deliveryRateBytesPerSec ?? null, tcpInfo?.deliveryRateAppLimited),
};

/** Fills an observation from a decoded snapshot. */
export function observeSnapshot(snapshot: Snapshot, into: Observation = newObservation()): Observation {
  return fillObservation(FROM_SNAPSHOT, snapshot, into);
}
