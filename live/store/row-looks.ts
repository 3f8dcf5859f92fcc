import { newObservation, observe } from '../../analysis/index.js';
import type { Connection, StateSlot } from '../../cache/index.js';
import type { MptcpFields } from '../../inetdiag/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import type { RecordView } from '../../parse/snapshot/index.js';
import type { LiveRow } from './live-row.js';
import type { RowSocket } from './row-context.js';
import { inodeOf } from './socket-of.js';

/** Options of {@link RowLooks}. */
export interface RowLooksOptions {
  /** Records since the last look at a connection's row. */
  readonly fresh: StateSlot<number | undefined>;
  readonly view: RecordView;
  /** Called with each row that has something new. */
  readonly onActive: (row: LiveRow) => void;
  /** Called with the socket of a row that has another inode now. */
  readonly onSocket: (socket: RowSocket) => void;
  /** Called with the MPTCP state of a row's record, for subflows only. */
  readonly onSubflow: (row: LiveRow, state: MptcpFields) => void;
}

/** Looks of rows at their records. */
export class RowLooks {
  readonly #options: RowLooksOptions;
  readonly #view: RecordView;
  /** Object for the next record's values. */
  #observation = newObservation();

  constructor(options: RowLooksOptions) {
    this.#options = options;
    this.#view = options.view;
  }

  /** Notes that a row has a new record, after as many others that were not looked at. */
  note(row: LiveRow, connection: Connection, fresh: number): void {
    this.#options.fresh.set(connection.slots, fresh + 1);
    row.source = connection;
    this.#options.onActive(row);
  }

  /** Looks at the newest record of a row. */
  look(row: LiveRow, { last, slots }: Connection): void {
    const { fresh, onSocket } = this.#options;
    row.source = undefined;
    row.count(fresh.get(slots) ?? 0);
    fresh.set(slots, 0);
    this.lookAt(row, last);
    const inode = inodeOf(this.#view);
    // The socket was accepted, or its program closed it.
    if (inode !== 0 && inode !== row.socket.inode) {
      row.socket = { ...row.socket, inode };
      onSocket(row.socket);
    }
  }

  /** Looks at a record. */
  lookAt(row: LiveRow, record: ArchivedRecord): void {
    this.#view.load(record);
    this.lookAtView(row, false);
  }

  /**
   * Looks at the record in the view.
   * @param fromZero true if the connection began while it was watched
   */
  lookAtView(row: LiveRow, fromZero: boolean): void {
    this.#look(row, fromZero);
    const mptcp = this.#view.ulp?.mptcp;
    if (mptcp !== undefined) this.#options.onSubflow(row, mptcp);
    this.#options.onActive(row);
  }

  /** Looks at the last record before a row's end, if it is new: how a connection ended shows in what changed since. */
  lookBefore(row: LiveRow, before: ArchivedRecord): void {
    this.#view.load(before);
    if (this.#view.timeUs <= row.endUs) return;
    this.#look(row, false);
  }

  #look(row: LiveRow, fromZero: boolean): void {
    this.#observation = row.look(observe(this.#view, this.#observation), fromZero);
  }
}
