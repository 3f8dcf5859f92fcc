import {
  ConnectionBuilder,
  type ConnectionIdentity,
  type ConnectionRow,
  Deriver,
  identify,
  newDerived,
  newObservation,
  observe,
} from '../../analysis/index.js';
import type { Connection } from '../../cache/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';

// One of each serves all connections: records come one after the other.
const view = new RecordView();
const observation = newObservation();
const derived = newDerived();

/** Connection with what its records say so far, as a reader of its archives would sum it up. */
export class FollowedConnection {
  readonly #deriver = new Deriver(derived);
  readonly #builder = new ConnectionBuilder();
  #identity: ConnectionIdentity | undefined;
  /** Time of the latest line of snapshots; at first, that of the beginning. Milliseconds of a monotonic clock. */
  snapshotMs = 0;
  /** Time of the latest row, or of the beginning. */
  rowMs = 0;
  /** True while a record is newer than the latest row. */
  hasNews = false;

  /** Begins with a connection. */
  begin(nowMs: number): void {
    this.snapshotMs = nowMs;
    this.rowMs = nowMs;
  }

  /**
   * Adds the connection's newest record, in its archived form.
   * @throws DecodeError if it cannot be decoded; then it does not count
   */
  add({ uuid, startTime, netns }: Connection, record: ArchivedRecord): void {
    view.load(record);
    observe(view, observation);
    this.#identity ??= identify({ uuid, startTime, sequence: 0, ...(netns === undefined ? {} : { netns }) }, view);
    this.#builder.add(observation, this.#deriver.next(observation));
    this.hasNews = true;
  }

  /** Row of everything so far; undefined if no record could be decoded. */
  get row(): ConnectionRow | undefined {
    return this.#identity === undefined ? undefined : this.#builder.finish(this.#identity);
  }

  /** Resets everything for the next connection. */
  reset(): void {
    this.#deriver.reset();
    this.#builder.reset();
    this.#identity = undefined;
    this.hasNews = false;
  }
}
