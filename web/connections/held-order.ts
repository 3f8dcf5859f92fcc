import type { RowRange } from './row-range.js';

/** Reason to hold the order: the pointer is over the table, a row is selected, or the user said so. */
export type HoldReason = 'pointer' | 'selection' | 'user';

/** Window of a view as its source orders it. */
export interface OrderedWindow {
  readonly order: readonly string[];
  readonly offset: number;
  readonly matched: number;
}

/** Order of the rows as they are shown: that of the source, or an earlier one while it is held. */
export class HeldOrder {
  order: readonly string[] = [];
  /** Index of the first known row. */
  offset = 0;
  /** Rows of the view. */
  matched = 0;
  /** Time of the order that is held, milliseconds; undefined while it follows the source. */
  sinceMs: number | undefined;
  readonly #reasons = new Set<HoldReason>();

  get isHeld(): boolean {
    return this.sinceMs !== undefined;
  }

  get known(): RowRange {
    return { first: this.offset, end: this.offset + this.order.length };
  }

  /** Returns the key of the row at an index; undefined if it is not known. */
  keyAt(index: number): string | undefined {
    return this.order[index - this.offset];
  }

  /** Returns the index of a known row; -1 for others. */
  indexOf(key: string): number {
    const found = this.order.indexOf(key);
    return found < 0 ? -1 : this.offset + found;
  }

  /** Holds the order from now on. */
  hold(reason: HoldReason, nowMs: number): void {
    this.#reasons.add(reason);
    this.sinceMs ??= nowMs;
  }

  /** Takes a reason away. Returns whether the order follows the source again. */
  release(reason: HoldReason): boolean {
    const wasHeld = this.#reasons.delete(reason) && this.#reasons.size === 0;
    if (wasHeld) this.sinceMs = undefined;
    return wasHeld;
  }

  /**
   * Takes over the window of the source. While the order is held, another window brings rows only: those that are
   * visible stay where they are.
   */
  follow(source: OrderedWindow, visible: RowRange): void {
    if (this.sinceMs === undefined || this.order.length === 0) this.take(source);
    else if (source.offset !== this.offset || source.order.length > this.order.length) {
      this.order = keepVisible(this, source, visible);
      this.offset = source.offset;
      this.matched = source.matched;
    }
  }

  /** Takes over the order of the source, although it is held; its age starts again. */
  reorder(source: OrderedWindow, nowMs: number): void {
    this.#reasons.delete('user');
    this.sinceMs = this.#reasons.size === 0 ? undefined : nowMs;
    this.take(source);
  }

  take({ order, offset, matched }: OrderedWindow): void {
    this.order = order;
    this.offset = offset;
    this.matched = matched;
  }

  /** Forgets all rows: another view is shown. The pointer still holds its order, from now on. */
  restart(nowMs: number): void {
    this.#reasons.delete('user');
    this.#reasons.delete('selection');
    this.sinceMs = this.#reasons.size === 0 ? undefined : nowMs;
    this.take({ order: [], offset: 0, matched: 0 });
  }
}

/** Returns the order of a new window in which the visible rows keep their places. */
function keepVisible(held: HeldOrder, { order, offset }: OrderedWindow, { first, end }: RowRange): string[] {
  const kept = new Map<number, string>();
  for (let index = Math.max(first, offset); index < Math.min(end, offset + order.length); index++) {
    const key = held.keyAt(index);
    if (key !== undefined) kept.set(index, key);
  }
  const keys = new Set(kept.values());
  const others = order.filter((key) => !keys.has(key));
  let next = 0;
  const result: string[] = [];
  for (let index = offset; index < offset + order.length; index++) {
    const key = kept.get(index) ?? others[next++];
    if (key !== undefined) result.push(key);
  }
  return result;
}
