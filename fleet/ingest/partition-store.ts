/** Message of a partition's stream. */
export interface PartitionMessage {
  readonly seq: number;
  /** Time when the broker stored it: as it says, and in milliseconds since 1970. */
  readonly time: string;
  readonly timeMs: number;
  readonly id: string;
  readonly data: Uint8Array;
  /** Returns a header; empty without it. */
  header(name: string): string;
}

/** State of a partition's stream. */
export interface PartitionInfo {
  /** Time when it was created, RFC 3339. */
  readonly created: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly bytes: number;
  /** Most bytes; 0 without a bound. */
  readonly maxBytes: number;
}

/** Ledger as it is stored. */
export interface StoredLedger {
  readonly text: string;
  readonly revision: number;
}

/** Error when another process has changed a ledger: it owns the partition now. */
export class OwnerError extends Error {
  override readonly name = 'OwnerError';
}

/** Error when the broker does not answer, or refuses. What was asked is tried again. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/** Stream and ledger of one partition. All methods throw {@link StoreError}. */
export interface PartitionStore {
  info(): Promise<PartitionInfo>;
  /** Returns the first message from a sequence on; undefined if no such message exists yet. */
  next(seq: number): Promise<PartitionMessage | undefined>;
  /** Returns the ledger; undefined if it does not exist. */
  readLedger(): Promise<StoredLedger | undefined>;
  /**
   * Writes the ledger over the revision that was read; undefined for the first. Returns the new revision.
   * @throws OwnerError if it has another
   */
  writeLedger(text: string, revision: number | undefined): Promise<number>;
  /** Removes messages below a sequence. */
  trim(seq: number): Promise<void>;
}
