import type { AnyBatch } from '../native/index.js';
import type { Netns } from '../parse/index.js';

/** Subscriber of scans, for counters whose time is that of the scans. */
export interface ScanObserver {
  /**
   * Notes a complete scan.
   * @param endNs end of the scan, nanoseconds since the epoch
   * @param netns network namespace of the scan; absent: the collector's own
   */
  scanned(endNs: bigint, netns?: Netns): void;
  /** Notes that a network namespace is no longer scanned. */
  left(netns: Netns): void;
  /** Called when the collector stops, after all connections have ended. */
  finish(): void;
}

/** Receiver of the scans of listening sockets. */
export interface ListenerBatches {
  /** Processes a batch of the source. */
  take(batch: AnyBatch): void;
}
