import { newObservation, observe } from '../../analysis/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import type { ShownRange } from '../../view/connection/index.js';
import type { ConnectionReceiver } from '../search/index.js';

/** Most round-trip times kept of a connection: the latest. */
const MAX_KEPT = 65_536;

/** Round-trip times of a connection's last records. */
export class RoundTrips implements ConnectionReceiver {
  readonly #view = new RecordView();
  readonly #observation = newObservation();
  #timesUs: number[] = [];
  #rttsUs: number[] = [];
  #endUs = Number.NEGATIVE_INFINITY;
  readonly #range: ShownRange;

  /** @param range part of the time to read */
  constructor(range: ShownRange) {
    this.#range = range;
  }

  begin(): void {
    // All archives of the connection count alike.
  }

  add(record: ArchivedRecord): void {
    if (record.rawIdm === undefined && record.metadata !== undefined) return;
    this.#view.load(record);
    const { timeUs, rttUs } = observe(this.#view, this.#observation);
    const { fromUs = Number.NEGATIVE_INFINITY, untilUs = Number.POSITIVE_INFINITY } = this.#range;
    if (timeUs < fromUs || timeUs >= untilUs) return;
    this.#endUs = Math.max(this.#endUs, timeUs);
    if (rttUs === null) return;
    this.#timesUs.push(timeUs);
    this.#rttsUs.push(rttUs);
    if (this.#timesUs.length < 2 * MAX_KEPT) return;
    this.#timesUs = this.#timesUs.slice(-MAX_KEPT);
    this.#rttsUs = this.#rttsUs.slice(-MAX_KEPT);
  }

  /** Returns the round-trip times of the last `windowUs` before the last record, oldest first. */
  within(windowUs: number): readonly number[] {
    const fromUs = this.#endUs - windowUs;
    return this.#rttsUs.filter((_, i) => (this.#timesUs[i] ?? 0) > fromUs).slice(-MAX_KEPT);
  }
}
