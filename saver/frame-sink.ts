import type { Connection } from '../cache/index.js';
import type { Metadata } from '../parse/index.js';

/** Finished frame of a connection's lines: one zstd frame, as it is in its archive. */
export interface FinishedFrame {
  /** Whole lines, compressed. Others read it, too: it must not be changed. */
  readonly bytes: Buffer;
  /** Number of records in it, metadata aside. */
  readonly records: number;
  /** True if its first line is metadata: it is the first frame of an archive. */
  readonly hasMetadata: boolean;
  /** Time when its first record came, milliseconds of the saver's clock. */
  readonly fromMs: number;
  /** Time when it was complete: no record in it came later. */
  readonly untilMs: number;
}

/** Receiver of the frames of one connection, in the order of their records. */
export interface FrameReceiver {
  /** Takes a frame; the last ones come after {@link closed}. */
  frame(frame: FinishedFrame): void;
  /** Notes that records will be in no frame. */
  lost(records: number): void;
  /** Notes that the connection has ended: no record comes any more. */
  closed(): void;
}

/** Source of a receiver's frames. */
export interface FrameSource {
  /** Returns the metadata of the connection, as in its first archive. */
  metadata(): Metadata;
  /** Has the lines that wait made into a frame now. */
  flush(): void;
}

/** Receiver of the frames of all connections. */
export interface FrameSink {
  /** Returns the receiver of a new connection's frames. */
  opened(connection: Connection, source: FrameSource): FrameReceiver;
}
