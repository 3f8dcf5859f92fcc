const MIB = 1024 * 1024;

/** Bounds of memory that grows with what happens; all in bytes. */
export interface MemoryBudget {
  /** Whether the limit is so low that these bounds are below their usual size. */
  readonly isShort: boolean;
  /** Lines and frames that may wait for the disk: the default of `--archive.max-buffered`. */
  readonly maxBufferedBytes: number;
  /** Scans that may wait to be taken in before beats are held back. */
  readonly maxPendingBytes: number;
  /**
   * Events that may wait for one client. Without a limit those of 160,000 connections, which a start on a busy machine
   * or a burst can bring in one scan.
   */
  readonly eventQueueBytes: number;
}

/** Bounds without a limit, and the part of a limit that each may take. */
const BOUNDS = {
  maxBufferedBytes: { mostBytes: 256 * MIB, part: 1 / 4 },
  maxPendingBytes: { mostBytes: 64 * MIB, part: 1 / 32 },
  eventQueueBytes: { mostBytes: 32 * MIB, part: 1 / 16 },
} as const;

/** Divides a memory limit up; undefined stands for none. The program itself, its heap and connections take the rest. */
export function memoryBudget(limitBytes: number | undefined): MemoryBudget {
  const boundOf = ({ mostBytes, part }: { readonly mostBytes: number; readonly part: number }): number =>
    Math.min(mostBytes, Math.floor((limitBytes ?? Number.POSITIVE_INFINITY) * part));
  const maxBufferedBytes = boundOf(BOUNDS.maxBufferedBytes);
  return {
    isShort: maxBufferedBytes < BOUNDS.maxBufferedBytes.mostBytes,
    maxBufferedBytes,
    maxPendingBytes: boundOf(BOUNDS.maxPendingBytes),
    eventQueueBytes: boundOf(BOUNDS.eventQueueBytes),
  };
}
