import type {
  Connection,
  ConnectionEnd,
  ConnectionObserver,
  EndCause,
  StateSlot,
  StateSlots,
} from '../../cache/index.js';
import { DecodeError } from '../../netlink/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import { FollowedConnection } from './followed-connection.js';
import type { StreamKind } from './kinds.js';
import type { Losses } from './losses.js';
import { connectionLines, type StreamOrigin } from './row-text.js';

/** Most states kept for later connections. A thousand that end in one second need no new ones. */
const MOST_SPARE = 1024;
/** Open connections that are looked at in one slice of a walk: about five milliseconds if each has a row. */
const SLICE = 128;

/** Takes lines of the stream. */
export interface LineSink {
  /** Takes a line with its newline. */
  line(kind: StreamKind, text: string): void;
  /** Takes a snapshot: the record of a connection in its archived form. */
  snapshot(uuid: string, record: ArchivedRecord): void;
}

/** Options of {@link StreamRows}. */
export interface StreamRowsOptions {
  readonly origin: StreamOrigin;
  /** Kinds to write, `l` aside. */
  readonly kinds: readonly StreamKind[];
  /** Least time between two snapshots of a connection, milliseconds. */
  readonly everyMs: number;
  /** Time between two rows of an open connection, milliseconds. */
  readonly openEveryMs: number;
  /** Most rows of ended connections in a second. */
  readonly maxRows: number;
  readonly slots: StateSlots;
  /** Returns the newest record of a connection in its archived form. */
  readonly record: (connection: Connection) => ArchivedRecord;
  readonly sink: LineSink;
  readonly losses: Pick<Losses, 'add'>;
  /** Monotonic clock, milliseconds. */
  readonly nowMs: () => number;
  /** Schedules the next slice of a walk (default: setImmediate). */
  readonly later?: (work: () => void) => void;
}

/**
 * Makes lines of connections: a row when one ended, a row every ten minutes while it is open, and from time to time a
 * snapshot. Rows are those that `query` makes of its archives. It keeps a state for each open connection and sees every
 * record, as a reader of archives does.
 */
export class StreamRows implements ConnectionObserver {
  readonly #options: StreamRowsOptions;
  readonly #lineOf: ReturnType<typeof connectionLines>;
  readonly #slot: StateSlot<FollowedConnection | undefined>;
  readonly #later: (work: () => void) => void;
  readonly #kinds: ReadonlySet<StreamKind>;
  /** Open connections, the one whose latest row is oldest first. */
  readonly #open = new Map<FollowedConnection, Connection>();
  readonly #spare: FollowedConnection[] = [];
  /** Time of the latest tick: exact enough for what happens every ten seconds, and free of calls. */
  #nowMs: number;
  #second = 0;
  #rowsInSecond = 0;
  #isWalking = false;
  /** Least time between two snapshots of a connection, milliseconds; infinite without snapshots. */
  readonly #everyMs: number;

  constructor(options: StreamRowsOptions) {
    this.#options = options;
    this.#lineOf = connectionLines(options.origin);
    this.#slot = options.slots.create();
    this.#later = options.later ?? setImmediate;
    this.#kinds = new Set(options.kinds);
    this.#everyMs = this.#kinds.has('s') ? options.everyMs : Infinity;
    this.#nowMs = options.nowMs();
  }

  opened(connection: Connection): void {
    const followed = this.#spare.pop() ?? new FollowedConnection();
    followed.begin(this.#nowMs);
    this.#slot.set(connection.slots, followed);
    this.#open.set(followed, connection);
    this.#add(connection, followed);
  }

  changed(connection: Connection): void {
    const followed = this.#slot.get(connection.slots);
    if (followed === undefined) return;
    const record = this.#add(connection, followed);
    if (record === undefined || this.#nowMs - followed.snapshotMs < this.#everyMs) return;
    followed.snapshotMs = this.#nowMs;
    this.#options.sink.snapshot(connection.uuid, record);
  }

  closed(connection: Connection, { cause }: ConnectionEnd): void {
    const followed = this.#slot.get(connection.slots);
    if (followed === undefined) return;
    this.#slot.set(connection.slots, undefined);
    this.#open.delete(followed);
    // The connection goes on without the collector.
    if (cause === 'shutdown') this.#writeOpen(followed, cause);
    else if (this.#kinds.has('c')) this.#writeEnded(followed, cause);
    followed.reset();
    if (this.#spare.length < MOST_SPARE) this.#spare.push(followed);
  }

  /** Takes the time, and writes rows of open connections that are due. */
  tick(): void {
    this.#nowMs = this.#options.nowMs();
    const second = Math.floor(this.#nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#rowsInSecond = 0;
    }
    if (!this.#isWalking && this.#kinds.has('o')) this.#walkOn();
  }

  #walkOn(): void {
    this.#isWalking = false;
    let looks = 0;
    for (const [followed, connection] of this.#open) {
      if (this.#nowMs - followed.rowMs < this.#options.openEveryMs) return;
      if (looks++ === SLICE) {
        this.#isWalking = true;
        this.#later(() => this.#walkOn());
        return;
      }
      this.#writeOpen(followed, null);
      followed.rowMs = this.#nowMs;
      // Last in the order again.
      this.#open.delete(followed);
      this.#open.set(followed, connection);
    }
  }

  #writeOpen(followed: FollowedConnection, cause: EndCause | null): void {
    if (!followed.hasNews || !this.#kinds.has('o')) return;
    followed.hasNews = false;
    this.#write('o', followed, cause);
  }

  #writeEnded(followed: FollowedConnection, cause: EndCause): void {
    if (this.#rowsInSecond >= this.#options.maxRows) {
      this.#options.losses.add('c', 'rate', 1);
      return;
    }
    this.#rowsInSecond++;
    this.#write('c', followed, cause);
  }

  #write(kind: StreamKind, followed: FollowedConnection, cause: EndCause | null): void {
    const { row } = followed;
    if (row === undefined) this.#options.losses.add(kind, 'unreadable', 1);
    else this.#options.sink.line(kind, this.#lineOf(row, cause));
  }

  /** Adds the newest record. Returns it in its archived form; undefined if it cannot be decoded. */
  #add(connection: Connection, followed: FollowedConnection): ArchivedRecord | undefined {
    const record = this.#options.record(connection);
    try {
      followed.add(connection, record);
    } catch (error) {
      // The archive has its bytes; a row that lacks this record is better than none.
      if (!(error instanceof DecodeError)) throw error;
      return undefined;
    }
    return record;
  }
}
