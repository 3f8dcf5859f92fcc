import { compileExpression, completeExpression, type Vocabulary } from '../../../expression/index.js';
import type { ClosedChoice, CompletionJson, RowJson, ViewJson } from '../../../live/wire/index.js';

/** Rows in a frozen view: more are not copied. */
export const MAX_FROZEN_ROWS = 10_000;

/** Copy of a view's rows, to be filtered and sorted while the connections go on. */
export class FrozenView {
  /** Time of the values, microseconds since 1970. */
  readonly timeUs: number;
  readonly total: number;
  readonly closed: number;
  /** Rows that the view had; more than {@link size} if the copy is not complete. */
  readonly matched: number;
  readonly rows: ReadonlyMap<string, RowJson>;

  constructor(
    { time, total, closed, matched, connections }: ViewJson,
    readonly sinceMs: number,
    readonly vocabulary: Vocabulary<RowJson>,
  ) {
    this.timeUs = Date.parse(time) * 1000;
    this.total = total;
    this.closed = closed;
    this.matched = matched;
    this.rows = new Map(connections.map((row, i) => [row.key ?? row.uuid ?? String(i), row]));
  }

  /** Number of copied rows. */
  get size(): number {
    return this.rows.size;
  }

  /**
   * Returns the keys of the rows that match, sorted; without a sort in the order of the copy.
   * @throws ExpressionError
   */
  order(filter: string, sort: string | undefined, closed: ClosedChoice): string[] {
    const matches = filter === '' ? undefined : compileExpression(filter, this.vocabulary);
    const chosen = [...this.rows].filter(
      ([, row]) => isChosen(row, closed) && (matches === undefined || matches.matches(row)),
    );
    const keys = sort === undefined ? [] : this.#sortKeys(sort);
    if (keys.length > 0) chosen.sort(([a, left], [b, right]) => compareRows(left, right, keys) || compareTexts(a, b));
    return chosen.map(([key]) => key);
  }

  /** Returns the fields of an order such as `-now.rttUs,uuid`: `-` stands before those with the largest first. */
  #sortKeys(sort: string): SortKey[] {
    return sort.split(',').flatMap((key) => {
      const isDescending = key.startsWith('-');
      const field = this.vocabulary.field(isDescending ? key.slice(1) : key)?.field;
      return field === undefined ? [] : [{ read: (row) => field.read(row), isDescending }];
    });
  }

  /** Completes an expression from the copied rows. */
  complete(text: string, at: number): readonly CompletionJson[] {
    return completeExpression(text, at, {
      vocabulary: this.vocabulary,
      values: (field) => {
        const counts = new Map<string, number>();
        for (const row of this.rows.values()) {
          const value = field.read(row);
          if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1);
        }
        return [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
      },
    });
  }
}

function isChosen({ open }: RowJson, closed: ClosedChoice): boolean {
  return closed === 'true' || (open !== false) === (closed === 'false');
}

/** Field of an order. */
interface SortKey {
  readonly read: (row: RowJson) => unknown;
  readonly isDescending: boolean;
}

/** Compares rows by each key; unknown values come last. */
function compareRows(left: RowJson, right: RowJson, keys: readonly SortKey[]): number {
  for (const { read, isDescending } of keys) {
    const [a, b] = [read(left) ?? null, read(right) ?? null];
    if (a === null || b === null) {
      if (a !== b) return a === null ? 1 : -1;
      continue;
    }
    const order = typeof a === 'string' ? compareTexts(a, String(b)) : Number(a) - Number(b);
    if (order !== 0) return isDescending ? -order : order;
  }
  return 0;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
