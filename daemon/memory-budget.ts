const MIB = 1024 * 1024;

/** Limits in bytes for memory whose use grows with the load. */
export interface MemoryBudget {
  /** True when the memory limit is so low that these limits are below their usual size. */
  readonly isShort: boolean;
  /** Lines and frames that may wait for the disk: the default of `--archive.max-buffered`. */
  readonly maxBufferedBytes: number;
  /** Scans that may wait for processing before new scans are held back. */
  readonly maxPendingBytes: number;
  /**
   * Events that may wait for one client. Without a memory limit, enough for the events of 160,000 connections, which
   * one scan can bring at a start on a busy machine or in a burst.
   */
  readonly eventQueueBytes: number;
}

/** Limits without a memory limit, and the part of a memory limit that each may take. */
const BOUNDS = {
  maxBufferedBytes: { mostBytes: 256 * MIB, part: 1 / 4 },
  maxPendingBytes: { mostBytes: 64 * MIB, part: 1 / 32 },
  eventQueueBytes: { mostBytes: 32 * MIB, part: 1 / 16 },
} as const;

/** Divides a memory limit; undefined for no limit. The program, its heap and its connections take the rest. */
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
