import { Counter, Gauge, type Registry } from 'prom-client';
import { type CounterBy, counterBy } from './by-label.js';

/**
 * What made a frame be written: enough lines, the oldest line's age, too much waiting in all, the file's turn to be
 * replaced, or the connection's end.
 */
export const FRAME_REASONS = ['size', 'age', 'pressure', 'rotation', 'end'] as const;
export type FrameReason = (typeof FRAME_REASONS)[number];

/** What was being done when the archive met an error. */
export const ARCHIVE_OPERATIONS = ['mkdir', 'open', 'write', 'close', 'compress'] as const;
export type ArchiveOperation = (typeof ARCHIVE_OPERATIONS)[number];

/** Why records never reached the disk. */
export const LOSS_REASONS = ['write', 'compress', 'open', 'oversize', 'pressure'] as const;
export type LossReason = (typeof LOSS_REASONS)[number];

/** The way from records to files. */
export interface ArchiveMetrics {
  /** Bytes written to archive files, compressed. */
  readonly writtenBytes: Counter;
  /** Bytes of lines in the frames that were written, before compression. */
  readonly uncompressedBytes: Counter;
  /** Frames written, by what made them be written. */
  readonly frames: CounterBy<FrameReason>;
  /** Bytes of lines in memory that are not yet in a file. */
  readonly waitingBytes: Gauge;
  /** The most that `waitingBytes` may reach before frames are written early. */
  readonly waitingLimitBytes: Gauge;
  /** Archive files open now. */
  readonly openFiles: Gauge;
  /** Failed operations. */
  readonly errors: CounterBy<ArchiveOperation>;
  /** Records that never reached the disk. */
  readonly lostRecords: CounterBy<LossReason>;
  /** Archives whose name was taken, so that the next free sequence number was used. */
  readonly sequenceCollisions: Counter;
}

/** Registers the metrics of the archive. */
export function createArchiveMetrics(registry: Registry): ArchiveMetrics {
  const registers = [registry];
  return {
    writtenBytes: new Counter({
      name: 'tcpinfo_archive_written_bytes_total',
      help: 'Number of compressed bytes written to archives.',
      registers,
    }),
    uncompressedBytes: new Counter({
      name: 'tcpinfo_archive_uncompressed_bytes_total',
      help: 'Number of bytes written to archives, as they were before compression.',
      registers,
    }),
    frames: counterBy(
      registry,
      { name: 'tcpinfo_archive_frames_total', help: 'Number of zstd frames written, by what made them be written.' },
      'reason',
      FRAME_REASONS,
    ),
    waitingBytes: new Gauge({
      name: 'tcpinfo_archive_waiting_bytes',
      help: 'Number of bytes in memory that wait to be compressed and written.',
      registers,
    }),
    waitingLimitBytes: new Gauge({
      name: 'tcpinfo_archive_waiting_limit_bytes',
      help: 'Number of bytes that may wait in memory before they are written early.',
      registers,
    }),
    openFiles: new Gauge({
      name: 'tcpinfo_archive_open_files',
      help: 'Number of archives that are open.',
      registers,
    }),
    errors: counterBy(
      registry,
      { name: 'tcpinfo_archive_errors_total', help: 'Number of operations on archives that failed.' },
      'operation',
      ARCHIVE_OPERATIONS,
    ),
    lostRecords: counterBy(
      registry,
      { name: 'tcpinfo_archive_lost_records_total', help: 'Number of records that could not be archived, by cause.' },
      'reason',
      LOSS_REASONS,
    ),
    sequenceCollisions: new Counter({
      name: 'tcpinfo_archive_sequence_collisions_total',
      help: 'Number of archives whose name was taken already, so that a later sequence number was used.',
      registers,
    }),
  };
}
