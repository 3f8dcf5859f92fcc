import { INET_DIAG_INFO, INET_DIAG_MSG, INET_DIAG_SHUTDOWN, SCALAR_ATTRIBUTES } from '../inetdiag/index.js';
import { type Field, fieldOf } from '../netlink/index.js';
import { type FieldReader, numberReader, RAW_IDM } from '../parse/snapshot/index.js';
import { TCP_INFO } from '../tcp/index.js';
import type { SnapshotRow } from './columns/index.js';
import { SnapshotReader } from './snapshot-reader.js';

/** Fields of tcp_info whose change is an event: state, congestion control, loss or ECN. */
const EVENTS = [
  'state',
  'caState',
  'retransmits',
  'options',
  'lost',
  'totalRetrans',
  'totalRto',
  'deliveredCe',
  'receivedCe',
] as const;

const SHUTDOWN = SCALAR_ATTRIBUTES.get(INET_DIAG_SHUTDOWN) as Field;

/** Kernel names of the fields whose change is an event, for the documentation. */
export const EVENT_FIELDS: readonly string[] = [
  'idiag_state',
  ...EVENTS.map((name) => fieldOf(TCP_INFO, name).cName),
  'congestion_algorithm',
  'shutdown',
];

const READERS: readonly FieldReader<number | null>[] = [
  numberReader(RAW_IDM, fieldOf(INET_DIAG_MSG, 'state')),
  ...EVENTS.map((name) => numberReader(INET_DIAG_INFO, fieldOf(TCP_INFO, name))),
  numberReader(INET_DIAG_SHUTDOWN, SHUTDOWN),
];

/** Value that no field has. */
const NONE = -1;

/**
 * Filter that keeps at most one snapshot of a connection per span of time, and also the first, the last, and those with
 * an event: a field of {@link EVENT_FIELDS} changed since the previous snapshot.
 *
 * The rows that remain have the number of snapshots left out before them in `dropped`. Constant memory.
 */
export class Thinner {
  readonly #everyUs: number;
  readonly #emit: (row: SnapshotReader) => void;
  /** Last snapshot, if it was left out: it may be the connection's last. */
  readonly #held = new SnapshotReader();
  readonly #before = new Float64Array(READERS.length);
  #algorithm: string | null = null;
  #isFirst = true;
  #keptUs = 0;
  #dropped = 0;

  /**
   * @param everyUs span in microseconds
   * @param emit called with each remaining row, which is valid until it returns
   */
  constructor(everyUs: number, emit: (row: SnapshotReader) => void) {
    this.#everyUs = everyUs;
    this.#emit = emit;
  }

  /** Adds the connection's next snapshot. */
  add(row: SnapshotReader): void {
    const isEvent = this.#remember(row);
    const { timeUs } = row.view;
    const elapsedUs = timeUs - this.#keptUs;
    // A clock that was set back starts a new span.
    const isDue = elapsedUs >= this.#everyUs || elapsedUs < 0;
    if (this.#isFirst || isEvent || isDue) {
      this.#isFirst = false;
      this.#keptUs = timeUs;
      row.dropped = this.#dropped;
      this.#dropped = 0;
      this.#emit(row);
    } else {
      this.#dropped++;
      this.#held.copy(row);
    }
  }

  /**
   * Ends the connection and emits its last snapshot if that was left out. The next snapshot begins another connection.
   */
  finish(): void {
    if (this.#dropped > 0) {
      this.#held.dropped = this.#dropped - 1;
      this.#emit(this.#held);
    }
    this.#dropped = 0;
    this.#isFirst = true;
  }

  /** Stores the fields of events and returns whether one changed. */
  #remember({ view }: SnapshotRow): boolean {
    const before = this.#before;
    let changed = view.congestionAlgorithm !== this.#algorithm;
    this.#algorithm = view.congestionAlgorithm;
    for (let i = 0; i < READERS.length; i++) {
      const value = READERS[i]?.(view) ?? NONE;
      if (value === before[i]) continue;
      before[i] = value;
      changed = true;
    }
    return changed;
  }
}
