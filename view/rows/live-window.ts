import { type DeltaEventJson, ROW_PARTS, type RowJson, type ViewEventJson } from '../../live/wire/index.js';

/** Window of a view: its rows as of the last message. */
export class LiveWindow {
  /** Time of the values, microseconds since 1970; 0 before the first message. */
  timeUs = 0;
  #isKnown = false;
  total = 0;
  matched = 0;
  closed = 0;
  offset = 0;
  /** Messages that the source left out, because they were not read in time. */
  skipped = 0;
  /** Keys of the rows, in order. */
  order: readonly string[] = [];
  readonly rows = new Map<string, RowJson>();

  /** True after the first message. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Takes over a message with the whole window. */
  view(message: ViewEventJson): void {
    this.#counts(message);
    this.offset = message.offset;
    this.order = message.order;
    this.skipped += message.skipped ?? 0;
    this.rows.clear();
    for (const [key, row] of Object.entries(message.rows)) this.rows.set(key, row);
  }

  /** Applies the changes since the last message. */
  delta(message: DeltaEventJson): void {
    this.#counts(message);
    for (const [key, changes] of Object.entries(message.rows)) {
      const known = this.rows.get(key);
      this.rows.set(key, known === undefined ? changes : mergeRow(known, changes));
    }
    for (const key of message.gone ?? []) this.rows.delete(key);
    if (message.order !== undefined) this.order = message.order;
  }

  #counts({ time, total, matched, closed }: ViewEventJson | DeltaEventJson): void {
    // Not by its time: that of archives without a connection is 0, too.
    this.#isKnown = true;
    this.timeUs = Date.parse(time) * 1000;
    this.total = total;
    this.matched = matched;
    this.closed = closed;
  }
}

/** Applies the changes of a row: of each part only the changed keys are in it. */
export function mergeRow(known: RowJson, changes: RowJson): RowJson {
  const merged: Record<string, unknown> = { ...known, ...changes };
  for (const part of ROW_PARTS) {
    const [before, after] = [known[part], changes[part]];
    if (before !== null && before !== undefined && after !== null && after !== undefined)
      merged[part] = { ...before, ...after };
  }
  return merged;
}
