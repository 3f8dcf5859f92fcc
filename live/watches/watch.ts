import type { CompiledExpression } from '../../expression/index.js';
import type { StoreRow } from '../store/index.js';
import type { WatchJson } from '../wire/index.js';

/** Choice of a watch: rows by their keys, or those that match an expression. */
export type WatchChoice =
  | { readonly kind: 'keys'; readonly keys: Set<string> }
  | { readonly kind: 'filter'; readonly text: string; readonly filter: CompiledExpression<StoreRow> };

/** One watch: what it chooses, and what it reads by now. */
export class Watch {
  readonly number: number;
  readonly choice: WatchChoice;
  readonly intervalMs: number;
  /** Time of its end, milliseconds of the even clock; absent: without. */
  readonly endMs: number | undefined;
  /** Times, milliseconds since 1970. */
  readonly startedMs: number;
  readonly untilMs: number | null;
  /** Rows that it reads. */
  readonly rows = new Set<StoreRow>();
  /** Further ones that it would read if fewer were watched. */
  left = 0;

  constructor(options: {
    readonly number: number;
    readonly choice: WatchChoice;
    readonly intervalMs: number;
    readonly forSec: number | undefined;
    readonly elapsedMs: number;
    readonly nowMs: number;
  }) {
    this.number = options.number;
    this.choice = options.choice;
    this.intervalMs = options.intervalMs;
    this.startedMs = options.nowMs;
    const forMs = options.forSec === undefined ? undefined : options.forSec * 1000;
    this.endMs = forMs === undefined ? undefined : options.elapsedMs + forMs;
    this.untilMs = forMs === undefined ? null : options.nowMs + forMs;
  }

  /** Returns true if the watch chooses a row. */
  chooses(row: StoreRow): boolean {
    if (!row.isOpen) return false;
    return this.choice.kind === 'keys' ? this.choice.keys.has(row.key) : this.choice.filter.matches(row);
  }

  /** Returns the watch as the API shows it. */
  json(): WatchJson {
    return {
      watch: this.number,
      filter: this.choice.kind === 'filter' ? this.choice.text : null,
      intervalMs: this.intervalMs,
      startTime: new Date(this.startedMs).toISOString(),
      until: this.untilMs === null ? null : new Date(this.untilMs).toISOString(),
      connections: [...this.rows].map(({ identity, key }) => identity.uuid ?? key),
      left: this.left,
    };
  }
}
