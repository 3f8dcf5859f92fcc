import type { HttpRates } from '../answers/index.js';
import type { StoreRow } from '../store/index.js';

/** Connections that rules look at: a live store. */
export interface AlertSource {
  /** Time of the values, microseconds since 1970. */
  readonly timeUs: number;
  /** Number of the second. */
  readonly generation: number;
  /** Iterates over all rows. The iteration goes on while rows are added and deleted. */
  rows(): Iterable<StoreRow>;
  /** Rows whose values may differ from those of the second before. */
  changedRows(): readonly StoreRow[];
  /** Sets the names of the alerts of a row that fire. */
  setAlerts(row: StoreRow, names: readonly string[]): void;
}

/** HTTP that rules look at. */
export interface HttpSource {
  /** Returns the HTTP of the machine, of the last 10 whole seconds. */
  machine(): HttpRates;
  /** Returns that of hosts, or of their sections. */
  subjects(by: 'host' | 'section'): readonly HttpRates[];
}
