import { Counter, Gauge, type Registry } from 'prom-client';
import { type CounterBy, counterBy, type Level, level, type Tally, tally } from './by-label.js';

/**
 * What made a frame be written: enough lines, the oldest line's age, too much waiting in all, the file's turn to be
 * replaced, another file's need of its descriptor, or the connection's end.
 */
export const FRAME_REASONS = ['size', 'age', 'pressure', 'rotation', 'descriptors', 'end'] as const;
export type FrameReason = (typeof FRAME_REASONS)[number];

/** What was being done when the archive met an error. */
export const ARCHIVE_OPERATIONS = ['mkdir', 'open', 'write', 'close', 'sync', 'compress', 'delete'] as const;
export type ArchiveOperation = (typeof ARCHIVE_OPERATIONS)[number];

/**
 * Why records never reached the disk: a line too long for readers, the compressor's failure, a disk that takes them too
 * slowly or not at all, or that was refused with a system error (quotas count as ENOSPC, EPERM as EACCES, ENFILE as
 * EMFILE) for longer than memory could hold them.
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

/** Why retention deletes an archive: its age, or the size of all. */
export const DELETION_REASONS = ['age', 'size'] as const;
export type DeletionReason = (typeof DELETION_REASONS)[number];

/** The way from records to files. */
export interface ArchiveMetrics {
  /** Bytes written to archive files, compressed. */
  readonly writtenBytes: Tally;
  /** Bytes of lines in the frames that were written, before compression. */
  readonly uncompressedBytes: Tally;
  /** Frames written, by what made them be written. */
  readonly frames: CounterBy<FrameReason>;
  /** Bytes of lines in memory that are not yet in a file. */
  readonly waitingBytes: Level;
  /** The most that `waitingBytes` may reach before the oldest are dropped; frames are written early at half of it. */
  readonly waitingLimitBytes: Gauge;
  /** Archive files open now. */
  readonly openFiles: Level;
  /** Failed operations. */
  readonly errors: CounterBy<ArchiveOperation>;
  /** Records that never reached the disk. */
  readonly lostRecords: CounterBy<LossReason>;
  /** Records among them that the disk took after all. */
  readonly recoveredRecords: Counter;
  /** Frames that were tried again after the disk had refused them. */
  readonly retries: Counter;
  /** Archives that were closed before their time because there are not enough descriptors. */
  readonly idleClosed: Counter;
  /** Archives that somebody removed while they were open; what was in them is gone. */
  readonly removedFiles: Counter;
  /** Archives that may be open at a time. */
  readonly openFilesLimit: Gauge;
  /** Archives whose name was taken, so that the next free sequence number was used. */
  readonly sequenceCollisions: Counter;
  /** Archives that retention deleted. */
  readonly deletedFiles: CounterBy<DeletionReason>;
  /** Bytes on disk that this gave back. */
  readonly deletedBytes: CounterBy<DeletionReason>;
  /** Times that deletion by age did not go by the wall clock, because that was not plausible. */
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
      help: 'Number of bytes written to archives, as they were before compression.',
    }),
    frames: counterBy(
      registry,
      { name: 'tcpinfo_archive_frames_total', help: 'Number of zstd frames written, by what made them be written.' },
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
      help: 'Number of records that were counted as lost while the disk lost what it had taken, and were archived after all.',
      registers,
    }),
    retries: new Counter({
      name: 'tcpinfo_archive_retries_total',
      help: 'Number of frames that were tried again after the disk had refused them.',
      registers,
    }),
    idleClosed: new Counter({
      name: 'tcpinfo_archive_idle_closed_total',
      help: 'Number of archives, the longest idle, that were closed early to have file descriptors for others.',
      registers,
    }),
    removedFiles: new Counter({
      name: 'tcpinfo_archive_removed_files_total',
      help: 'Number of archives found to have been removed while they were still written to.',
      registers,
    }),
    openFilesLimit: new Gauge({
      name: 'tcpinfo_archive_open_files_limit',
      help: 'Number of archives that may be open before the longest idle are closed.',
      registers,
    }),
    sequenceCollisions: new Counter({
      name: 'tcpinfo_archive_sequence_collisions_total',
      help: 'Number of archives whose name was taken already, so that a later sequence number was used.',
      registers,
    }),
    deletedFiles: counterBy(
      registry,
      { name: 'tcpinfo_archive_deleted_files_total', help: 'Number of archives that retention deleted, by why.' },
      'reason',
      DELETION_REASONS,
    ),
    deletedBytes: counterBy(
      registry,
      {
        name: 'tcpinfo_archive_deleted_bytes_total',
        help: 'Number of bytes on disk of the archives that retention deleted, by why.',
      },
      'reason',
      DELETION_REASONS,
    ),
    clockDoubts: new Counter({
      name: 'tcpinfo_archive_clock_doubts_total',
      help: 'Number of times that the wall clock was not plausible, so that deletion by age went by an earlier time or waited.',
      registers,
    }),
    folderBytes: new Gauge({
      name: 'tcpinfo_archive_folder_bytes',
      help: 'Number of bytes on disk of the closed archives in the output folder; 0 without --archive.max-size.',
      registers,
    }),
  };
}
