import { Counter, Gauge, type Registry } from 'prom-client';
import { type CounterBy, counterBy, type Level, level, type Tally, tally } from './by-label.js';

/**
 * Reasons for writing a frame. size: enough lines; age: the oldest line is due; pressure: too many bytes wait in
 * memory; rotation: the file is due to be replaced; descriptors: another file needs the descriptor; end: the connection
 * ended.
 */
export const FRAME_REASONS = ['size', 'age', 'pressure', 'rotation', 'descriptors', 'end'] as const;
export type FrameReason = (typeof FRAME_REASONS)[number];

/** Operations on archives that can fail. */
export const ARCHIVE_OPERATIONS = ['mkdir', 'open', 'write', 'close', 'sync', 'compress', 'delete'] as const;
export type ArchiveOperation = (typeof ARCHIVE_OPERATIONS)[number];

/**
 * Reasons for losing a record. oversize: the line is too long for readers; compress: the compressor failed; pressure:
 * the disk is too slow or does not respond. The others are system errors that lasted longer than memory could hold the
 * records (quotas count as ENOSPC, EPERM as EACCES, ENFILE as EMFILE).
 */
export const LOSS_REASONS = [
  'oversize',
  'compress',
  'pressure',
  'enospc',
  'eio',
  'erofs',
  'eacces',
  'enoent',
  'emfile',
  'other',
] as const;
export type LossReason = (typeof LOSS_REASONS)[number];

/** Reasons for which retention deletes an archive: its age, or the total size of all archives. */
export const DELETION_REASONS = ['age', 'size'] as const;
export type DeletionReason = (typeof DELETION_REASONS)[number];

/** Metrics of the archive, from records to files. */
export interface ArchiveMetrics {
  /** Bytes written to archive files, compressed. */
  readonly writtenBytes: Tally;
  /** Bytes of lines in the frames that were written, before compression. */
  readonly uncompressedBytes: Tally;
  /** Frames written, by the reason for writing them. */
  readonly frames: CounterBy<FrameReason>;
  /** Bytes of lines in memory that are not yet in a file. */
  readonly waitingBytes: Level;
  /** Limit of `waitingBytes`, beyond which the oldest records are dropped. At half of it frames are written early. */
  readonly waitingLimitBytes: Gauge;
  /** Archive files open now. */
  readonly openFiles: Level;
  /** Failed operations. */
  readonly errors: CounterBy<ArchiveOperation>;
  /** Records that never reached the disk. */
  readonly lostRecords: CounterBy<LossReason>;
  /** Records counted as lost that the disk accepted later. */
  readonly recoveredRecords: Counter;
  /** Frames that were written again after a disk error. */
  readonly retries: Counter;
  /** Archives closed early because file descriptors ran short. */
  readonly idleClosed: Counter;
  /** Archives that another program removed while they were open; their content is lost. */
  readonly removedFiles: Counter;
  /** Limit of open archives. */
  readonly openFilesLimit: Gauge;
  /** Archives whose name was already in use, so that they got the next free sequence number. */
  readonly sequenceCollisions: Counter;
  /** Archives that retention deleted. */
  readonly deletedFiles: CounterBy<DeletionReason>;
  /** Bytes on disk of the archives that retention deleted. */
  readonly deletedBytes: CounterBy<DeletionReason>;
  /** Times that deletion by age did not use the wall clock because its time was not plausible. */
  readonly clockDoubts: Counter;
  /** Bytes on disk of closed archives in the output folder; 0 when their size is not bounded. */
  readonly folderBytes: Gauge;
}

/** Registers the metrics of the archive. */
export function createArchiveMetrics(registry: Registry): ArchiveMetrics {
  const registers = [registry];
  return {
    writtenBytes: tally(registry, {
      name: 'tcpinfo_archive_written_bytes_total',
      help: 'Number of compressed bytes written to archives.',
    }),
    uncompressedBytes: tally(registry, {
      name: 'tcpinfo_archive_uncompressed_bytes_total',
      help: 'Number of bytes written to archives, before compression.',
    }),
    frames: counterBy(
      registry,
      { name: 'tcpinfo_archive_frames_total', help: 'Number of zstd frames written, by reason.' },
      'reason',
      FRAME_REASONS,
    ),
    waitingBytes: level(registry, {
      name: 'tcpinfo_archive_waiting_bytes',
      help: 'Number of bytes in memory that wait to be compressed and written.',
    }),
    waitingLimitBytes: new Gauge({
      name: 'tcpinfo_archive_waiting_limit_bytes',
      help: 'Number of bytes that may wait in memory before the oldest are dropped.',
      registers,
    }),
    openFiles: level(registry, {
      name: 'tcpinfo_archive_open_files',
      help: 'Number of archives that are open.',
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
    recoveredRecords: new Counter({
      name: 'tcpinfo_archive_recovered_records_total',
      help: 'Number of records counted as lost after a disk error that were archived later.',
      registers,
    }),
    retries: new Counter({
      name: 'tcpinfo_archive_retries_total',
      help: 'Number of frames written again after a disk error.',
      registers,
    }),
    idleClosed: new Counter({
      name: 'tcpinfo_archive_idle_closed_total',
      help: 'Number of archives closed early to free file descriptors, the longest idle first.',
      registers,
    }),
    removedFiles: new Counter({
      name: 'tcpinfo_archive_removed_files_total',
      help: 'Number of open archives that another program removed.',
      registers,
    }),
    openFilesLimit: new Gauge({
      name: 'tcpinfo_archive_open_files_limit',
      help: 'Number of archives that may be open before the longest idle are closed.',
      registers,
    }),
    sequenceCollisions: new Counter({
      name: 'tcpinfo_archive_sequence_collisions_total',
      help: 'Number of archives whose name was already in use, so that they got a later sequence number.',
      registers,
    }),
    deletedFiles: counterBy(
      registry,
      { name: 'tcpinfo_archive_deleted_files_total', help: 'Number of archives that retention deleted, by reason.' },
      'reason',
      DELETION_REASONS,
    ),
    deletedBytes: counterBy(
      registry,
      {
        name: 'tcpinfo_archive_deleted_bytes_total',
        help: 'Number of bytes on disk of the archives that retention deleted, by reason.',
      },
      'reason',
      DELETION_REASONS,
    ),
    clockDoubts: new Counter({
      name: 'tcpinfo_archive_clock_doubts_total',
      help: 'Number of times that deletion by age waited or used an earlier time because the wall clock was not plausible.',
      registers,
    }),
    folderBytes: new Gauge({
      name: 'tcpinfo_archive_folder_bytes',
      help: 'Number of bytes on disk of the closed archives in the output folder; 0 without --archive.max-size.',
      registers,
    }),
  };
}
