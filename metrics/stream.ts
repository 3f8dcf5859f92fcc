import { Counter, type Registry } from 'prom-client';
import { type CounterBy, counterBy, type GaugeBy, gaugeBy, type Level, level } from './by-label.js';
import { FRAME_KINDS, type FrameKindLabel } from './stream-kinds.js';

/**
 * Reasons for which the stream has no line of a row. `rate`: more connections ended in a second than may have a row.
 * `buffer`: too much waited for the disk. `disk`: the disk took nothing. `size`: the folder was full, and the segment
 * was deleted. `unreadable`: no record of the connection could be decoded. `compress`: the compressor failed.
 */
export const STREAM_LOSS_REASONS = ['rate', 'buffer', 'disk', 'size', 'unreadable', 'compress'] as const;
/** One of {@link STREAM_LOSS_REASONS}. */
export type StreamLossReason = (typeof STREAM_LOSS_REASONS)[number];

/** Metrics of the stream of rows. Kinds are c, ended connections; o, open ones; l, losses; s, snapshots. */
export interface StreamMetrics {
  /** Lines written to segments. */
  readonly rows: CounterBy<FrameKindLabel>;
  /** Compressed bytes written to segments. */
  readonly writtenBytes: CounterBy<FrameKindLabel>;
  readonly lostRows: { inc(kind: FrameKindLabel, reason: StreamLossReason, by: number): void };
  /** Bytes of all segments in the folder. */
  readonly folderBytes: Level;
  /** Segments in the folder. */
  readonly segments: GaugeBy<FrameKindLabel>;
  /** Bytes in memory that wait to be compressed and written. */
  readonly waitingBytes: Level;
  /** Operations on segments that failed. */
  readonly errors: { inc(by?: number): void };
}

/** Registers the metrics of the stream of rows. */
export function createStreamMetrics(registry: Registry): StreamMetrics {
  const lost = new Counter({
    name: 'tcpinfo_stream_lost_rows_total',
    help: 'Number of rows that the stream lost, by kind and reason; its losses say the same.',
    labelNames: ['kind', 'reason'],
    registers: [registry],
  });
  for (const kind of FRAME_KINDS.filter((each) => each !== 'l')) {
    for (const reason of STREAM_LOSS_REASONS) lost.inc({ kind, reason }, 0);
  }
  return {
    rows: counterBy(
      registry,
      {
        name: 'tcpinfo_stream_rows_total',
        help: 'Number of rows written to segments, by kind: c ended connections, o open ones, l losses, s snapshots.',
      },
      'kind',
      FRAME_KINDS,
    ),
    writtenBytes: counterBy(
      registry,
      { name: 'tcpinfo_stream_written_bytes_total', help: 'Number of compressed bytes written to segments, by kind.' },
      'kind',
      FRAME_KINDS,
    ),
    lostRows: { inc: (kind, reason, by) => lost.inc({ kind, reason }, by) },
    folderBytes: level(registry, {
      name: 'tcpinfo_stream_folder_bytes',
      help: 'Number of bytes of all segments in the folder of the stream.',
    }),
    segments: gaugeBy(
      registry,
      { name: 'tcpinfo_stream_segments', help: 'Number of segments in the folder of the stream, by kind.' },
      'kind',
      FRAME_KINDS,
    ),
    waitingBytes: level(registry, {
      name: 'tcpinfo_stream_waiting_bytes',
      help: 'Number of bytes of rows in memory that wait to be compressed and written.',
    }),
    errors: new Counter({
      name: 'tcpinfo_stream_errors_total',
      help: 'Number of operations on segments that failed. What failed is tried again.',
      registers: [registry],
    }),
  };
}
