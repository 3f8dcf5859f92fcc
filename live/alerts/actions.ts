import type { StoreRow } from '../store/index.js';
import type { RecordSpan } from './rules/index.js';

/** Beginning of an alert, for what its rule wants to be done. */
export interface ActionCause {
  /** Name of the rule. */
  readonly rule: string;
  /** The condition, as it is in the file. */
  readonly expression: string;
  /** Value that made it fire; null without one. */
  readonly value: number | null;
  /** The connection, or those of the group, that are open. */
  readonly rows: readonly StoreRow[];
}

/** Actions that an alert can begin. Those that the collector does not have are absent. */
export interface AlertActions {
  /** Saves the recording of connections. Must not throw. */
  readonly record?: (cause: ActionCause, span: RecordSpan) => void;
  /** Begins to watch connections. Returns the function that ends it. Must not throw. */
  readonly watch?: (cause: ActionCause, intervalMs: number) => () => void;
}
