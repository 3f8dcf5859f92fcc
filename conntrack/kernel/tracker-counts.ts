import type { KernelEventKind } from '../index.js';
import type { SkippedMessages } from '../socket/index.js';

/** Counts of a tracker since its start. */
export interface TrackerCounts extends SkippedMessages {
  /** Events that the kernel sent and its filter let through, by the kernel's kinds. */
  readonly received: Readonly<Record<KernelEventKind, number>>;
  /** Events that were lost, as far as their number is known. */
  readonly lost: number;
  /** Complete dumps. */
  readonly dumps: number;
  /** Complete dumps after losses. */
  readonly resyncs: number;
  /** Readings of the namespace's addresses that failed because they changed during each attempt. */
  readonly staleAddresses: number;
}
