import {
  ConnectionBuilder,
  type ConnectionCounter,
  type ConnectionIdentity,
  type ConnectionRow,
  clockAgeUs,
  type Limit,
  type LimitParts,
  newDerived,
  newObservation,
  type Observation,
  olderThan,
} from '../../analysis/index.js';
import type { RowContext } from './row-context.js';
import { RowSecond } from './row-second.js';
import type { SecondGrowth } from './second.js';

const NO_INTERVAL = newDerived();
/** Time since the last record from which on a connection stands still: two seconds have ended without one. */
const LEAST_STANDING_US = 1_500_000;
/** Counters of a connection that begins. The SYN of the connecting end counts as an acknowledged byte. */
const BEGINNING: Observation = {
  ...newObservation(),
  bytesSent: 0,
  bytesAcked: 1,
  bytesReceived: 0,
  bytesRetrans: 0,
  dataSegsOut: 0,
  totalRetrans: 0,
  busyTimeUs: 0,
  rwndLimitedUs: 0,
  sndbufLimitedUs: 0,
};

/**
 * Records of a row: what they say together, of the last second and at last. The base of a row and no part of it, because
 * another object for each of thousands of rows would take memory.
 */
export abstract class RecordedRow {
  abstract readonly isOpen: boolean;
  abstract readonly identity: ConnectionIdentity;
  protected readonly context: RowContext;
  /** Grows with each change of the values. */
  protected version = 0;
  /** Values of the last record, until the next one. */
  observation = newObservation();
  /** Current second, and the rates of the last one. */
  protected readonly second = new RowSecond();
  /** Minimum age at the first record; 0 for a connection that was seen from its beginning. */
  protected olderByUs = 0;
  #builder: ConnectionBuilder | undefined;
  #looks = 0;
  /** True while all that the first tcp_info says counts as growth. */
  #isFromZero = false;
  #records = 1;
  /** Records before the current second. */
  #recordsBefore = 0;
  /** Parts of the connection's time that the row does not know yet. */
  #parts: LimitParts | undefined;

  constructor(context: RowContext) {
    this.context = context;
  }

  get durationUs(): number | null {
    return this.#builder === undefined ? 0 : this.#builder.durationUs;
  }

  total(counter: ConnectionCounter): number | null {
    if (this.#builder !== undefined) return this.#builder.total(counter);
    const o = this.observation;
    // By name: long lists read these of each row.
    switch (counter) {
      case 'bytesSent':
        return o.bytesSent;
      case 'bytesAcked':
        return o.bytesAcked;
      case 'bytesReceived':
        return o.bytesReceived;
      default:
        return o[counter];
    }
  }

  /** Returns the summary of the records up to now. */
  protected summarize(): ConnectionRow {
    const builder = this.described;
    const standing = this.isOpen ? this.second.limit : null;
    const standingUs = standing === null ? 0 : Math.max(0, this.context.timeUs - this.observation.timeUs);
    if (standing === null || standingUs < LEAST_STANDING_US) return this.#row(builder);
    // The time since the last record counts with the next one. Until then it is as the last second was.
    builder.addLimited(standing.cause, standing.evidence, standingUs, this.observation);
    const row = this.#row(builder);
    builder.addLimited(standing.cause, standing.evidence, -standingUs, this.observation);
    return row;
  }

  #row(builder: ConnectionBuilder): ConnectionRow {
    return { ...builder.finish(this.identity), snapshots: this.#records };
  }

  /** Builder of this row, or the shared one with its only record. */
  protected get described(): ConnectionBuilder {
    this.settle();
    return this.#builder ?? this.#singleRecord();
  }

  #singleRecord(): ConnectionBuilder {
    const { singleRecord } = this.context;
    singleRecord.reset();
    if (this.#looks > 0) singleRecord.add(this.observation, NO_INTERVAL);
    return singleRecord;
  }

  /** Counts records. What they say is looked at later, or never but for the last one. */
  count(records: number): void {
    this.#records += records;
  }

  /**
   * Looks at the newest record. Keeps `o` and returns the object that it had before, for the next row: to write the
   * values into the row's own would bring all of it from memory that was not used for a second.
   * @param fromZero true if the connection began while it was watched: all it moved so far counts as growth
   */
  look(o: Observation, fromZero: boolean): Observation {
    this.version++;
    if (this.#looks === 0 && o.hasInfo) this.olderByUs = olderThan(clockAgeUs(o) ?? 0, this.context.scanUs) ?? 0;
    const growth = this.second.begun();
    growth.records++;
    // The first records of a connection that opens may be without tcp_info.
    if (this.observation.hasInfo) growth.add(this.observation, o);
    else if (fromZero || this.#isFromZero) growth.add(BEGINNING, o);
    this.#isFromZero = (fromZero || this.#isFromZero) && !o.hasInfo;
    // A first record waits in the observation: most rows have no other, and then need no builder.
    if (this.#looks > 0 || this.#builder !== undefined) this.#built().add(o, NO_INTERVAL);
    this.#looks++;
    // What is left of a closing connection has no tcp_info: the gauges stay.
    if (!o.hasInfo && this.observation.hasInfo) {
      copyHeader(o, this.observation);
      return o;
    }
    const before = this.observation;
    this.observation = o;
    return before;
  }

  /** Takes the parts of the connection's time from now on, in {@link LiveRow.settle}. */
  limited(parts: LimitParts): void {
    if (this.#parts === parts) return;
    this.settle();
    this.#parts = parts;
  }

  /** Takes the parts of the connection's time that came since the last call. */
  settle(): void {
    const exchanges = this.#parts?.take((limit, us) => this.#addLimited(limit, us));
    if (exchanges === undefined) return;
    this.second.begun().exchanges += exchanges;
    this.#built().addExchanges(exchanges);
    this.version++;
  }

  #addLimited(limit: Limit, us: number): void {
    this.second.begun().limits.add(limit, us);
    this.#built().addLimited(limit.cause, limit.evidence, us, this.observation);
  }

  /** Number of records in the current second. */
  get newRecords(): number {
    return this.#records - this.#recordsBefore;
  }

  /** Growth of the current second; undefined if nothing happened in it. */
  get growth(): SecondGrowth | undefined {
    return this.second.growth;
  }

  /** Ends the current second: its growth becomes the rates. Returns whether anything happened in it. */
  finishSecond(elapsedUs: number): boolean {
    this.settle();
    this.version++;
    this.#recordsBefore = this.#records;
    return this.second.finish(this.observation, elapsedUs, this.isOpen);
  }

  /** Returns the row's own builder, which begins with the first record. */
  #built(): ConnectionBuilder {
    if (this.#builder === undefined) {
      this.#builder = new ConnectionBuilder({ quantiles: false, scanUs: this.context.scanUs });
      if (this.#looks > 0) this.#builder.add(this.observation, NO_INTERVAL);
    }
    return this.#builder;
  }
}

/** Copies what a record without tcp_info says. */
function copyHeader(from: Observation, to: Observation): void {
  to.timestamp = from.timestamp;
  to.timeUs = from.timeUs;
  to.state = from.state;
  to.wqueueBytes = from.wqueueBytes;
  to.rqueueBytes = from.rqueueBytes;
}
