import type { Registry } from 'prom-client';
import { type Tally, tally } from './by-label.js';

/** Metrics of the recording of netlink batches. */
export interface RecordingMetrics {
  /** Batches that the poll thread handed over. */
  readonly batches: Tally;
  /** Batches that are missing in the recording. */
  readonly lost: Tally;
  /** Bytes written, compressed. */
  readonly bytes: Tally;
}

/** Registers the metrics of the recording of netlink batches. */
export function createRecordingMetrics(registry: Registry): RecordingMetrics {
  return {
    batches: tally(registry, {
      name: 'tcpinfo_netlink_recording_batches_total',
      help: 'Number of batches that the poll thread handed over while they were recorded (-record.netlink).',
    }),
    lost: tally(registry, {
      name: 'tcpinfo_netlink_recording_lost_batches_total',
      help: 'Number of batches that are missing in the recording, because the disk was too slow or failed.',
    }),
    bytes: tally(registry, {
      name: 'tcpinfo_netlink_recording_written_bytes_total',
      help: 'Compressed bytes written to the recording.',
    }),
  };
}
