import { INET_DIAG_INFO, INET_DIAG_MSG, INET_DIAG_SHUTDOWN, SCALAR_ATTRIBUTES } from '../inetdiag/index.js';
import { type Field, fieldOf } from '../netlink/index.js';
import { type FieldReader, numberReader, RAW_IDM } from '../snapshot/index.js';
import { TCP_INFO } from '../tcp/index.js';
import type { SnapshotRow } from './columns/column.js';
import { SnapshotReader } from './snapshot-reader.js';

/** Fields of tcp_info whose change is an event: of state, of congestion control, of loss, of ECN. */
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

/** By their kernel's names, for the documentation. */
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

/** No field has it. */
const NONE = -1;

/**
 * Leaves snapshots of one connection out so that at most one is left in each span of time, but for its first and last,
 * and those at which something happened: a field of {@link EVENT_FIELDS} is not what it was in the snapshot before.
 *
 * The rows that are left say in `dropped` how many were left out before them. Constant memory.
 */
export class Thinner {
  readonly #everyUs: number;
  readonly #emit: (row: SnapshotReader) => void;
  /** The last snapshot, if it was left out: it may turn out to be the connection's last. */
  readonly #held = new SnapshotReader();
  readonly #before = new Float64Array(READERS.length);
  #algorithm: string | null = null;
  #isFirst = true;
  #keptUs = 0;
  #dropped = 0;

  /**
   * @param everyUs the span, microseconds
   * @param emit is given the rows that are left; a row is valid until it returns
   */
  constructor(everyUs: number, emit: (row: SnapshotReader) => void) {
    this.#everyUs = everyUs;
    this.#emit = emit;
  }

  /** Takes the connection's next snapshot. */
  add(row: SnapshotReader): void {
    const isEvent = this.#remember(row);
    const { timeUs } = row.view;
    const elapsedUs = timeUs - this.#keptUs;
    // A clock that was set back begins anew.
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

  /** Ends the connection: its last snapshot is emitted if it has not been. The next one begins another. */
  finish(): void {
    if (this.#dropped > 0) {
      this.#held.dropped = this.#dropped - 1;
      this.#emit(this.#held);
    }
    this.#dropped = 0;
    this.#isFirst = true;
  }

  /** Remembers what events are about; returns whether it is not what it was. */
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
