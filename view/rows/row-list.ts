/** Lines of the list that are visible, and the cursor in it. Indexes count all rows of the view. */
export class RowList {
  /** Keys of the known rows, in the order shown. */
  order: readonly string[] = [];
  /** Index of the first known row. */
  offset = 0;
  /** Number of rows in the view, as of when its order was taken. */
  matched = 0;
  /** Index of the cursor. */
  index = 0;
  /** Index of the first visible row. */
  top = 0;
  /** Visible rows. */
  height = 1;
  /** Key of the selected row; undefined until the cursor has moved. */
  selected: string | undefined;
  /** Time from which on the order is held, milliseconds; undefined while it follows the source. */
  heldSinceMs: number | undefined;

  /** Key under the cursor. */
  get current(): string | undefined {
    return this.order[this.index - this.offset];
  }

  /** Keys of the visible rows. */
  get visible(): readonly string[] {
    const from = Math.max(0, this.top - this.offset);
    return this.order.slice(from, from + this.height);
  }

  /** True when visible rows are not known: another window is needed. */
  get needsWindow(): boolean {
    const last = Math.min(this.matched, this.top + this.height);
    return this.top < this.offset || last > this.offset + this.order.length;
  }

  /** Takes over the source's order, unless the order is held. */
  follow(order: readonly string[], offset: number, matched: number): void {
    if (this.heldSinceMs === undefined || offset !== this.offset || this.order.length === 0) {
      this.matched = matched;
      this.#take(order, offset);
    }
    this.#clamp();
  }

  /** Takes over an order, although the order is held; its age starts again. */
  reorder(order: readonly string[], offset: number, matched: number, nowMs: number): void {
    this.matched = matched;
    this.#take(order, offset);
    if (this.heldSinceMs !== undefined) this.heldSinceMs = nowMs;
    this.#clamp();
  }

  /** Moves the cursor, which holds the order. */
  move(by: number, nowMs: number): void {
    this.index += by;
    this.#clamp();
    this.selected = this.current;
    this.hold(nowMs);
  }

  /** Holds the order from now on. */
  hold(nowMs: number): void {
    this.heldSinceMs ??= nowMs;
  }

  /** Lets the order follow the source again; the cursor stays with its row. */
  release(): void {
    this.heldSinceMs = undefined;
  }

  /** Moves the cursor to the first row of a new view. */
  restart(): void {
    this.index = 0;
    this.top = 0;
    this.selected = undefined;
    this.heldSinceMs = undefined;
    this.order = [];
    this.offset = 0;
  }

  resize(height: number): void {
    this.height = Math.max(1, height);
    this.#clamp();
  }

  #take(order: readonly string[], offset: number): void {
    this.order = order;
    this.offset = offset;
    const found = this.selected === undefined ? -1 : order.indexOf(this.selected);
    if (found >= 0) this.index = offset + found;
    else this.selected = undefined;
  }

  #clamp(): void {
    this.index = Math.max(0, Math.min(this.index, this.matched - 1));
    if (this.index < this.top) this.top = this.index;
    if (this.index >= this.top + this.height) this.top = this.index - this.height + 1;
    this.top = Math.max(0, Math.min(this.top, this.matched - this.height));
  }
}
