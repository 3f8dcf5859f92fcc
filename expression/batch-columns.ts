import type { ArithmeticOperator } from './tree.js';

/** Rows of a batch and their greatest number. The rows are replaced, the array is not. */
export interface BatchRows<Row> {
  readonly rows: readonly Row[];
  readonly size: number;
}

/** Values of the rows in a batch, by their places. They are computed for the rows that are asked for. */
export abstract class BatchColumn<Values> {
  protected readonly values: Values;
  readonly #rows: readonly unknown[];
  #isWhole = false;

  constructor({ rows }: BatchRows<unknown>, values: Values) {
    this.#rows = rows;
    this.values = values;
  }

  /** Returns whether a selection, of different places, is all rows. */
  protected isAll(count: number): boolean {
    return count === this.#rows.length;
  }

  /** Returns the values; those at the first `count` places of `selected`, which are different ones, are there then. */
  of(selected: Uint16Array, count: number): Values {
    if (this.#isWhole) return this.values;
    this.fill(selected, count);
    this.#isWhole = this.isAll(count);
    return this.values;
  }

  /** Begins with other rows. */
  reset(): void {
    this.#isWhole = false;
  }

  /** Computes the values of selected rows. */
  protected abstract fill(selected: Uint16Array, count: number): void;
}

/** Numbers; NaN is unknown. */
export abstract class NumberColumn extends BatchColumn<Float64Array> {
  #low = Number.NaN;
  #high = Number.NaN;
  #isMeasured = false;

  constructor(batch: BatchRows<unknown>) {
    super(batch, new Float64Array(batch.size));
  }

  /**
   * Finds the least and the greatest number of the batch, once all its numbers are there. They mostly decide rules with
   * different bounds for one value.
   */
  measure(count: number): void {
    if (this.#isMeasured) return;
    this.#isMeasured = true;
    const { values } = this;
    let [low, high] = [values[0] ?? Number.NaN, values[0] ?? Number.NaN];
    for (let at = 1; at < count; at++) {
      const value = values[at] ?? 0;
      // An unknown number makes both unknown, and they stay so.
      if (!(value >= low)) low = value < low ? value : Number.NaN;
      if (!(value <= high)) high = value > high ? value : Number.NaN;
    }
    this.#low = low;
    this.#high = high;
  }

  /** Least number of the batch, once it is measured; NaN if one is unknown. */
  get low(): number {
    return this.#low;
  }

  /** Greatest number of the batch, once it is measured; NaN if one is unknown. */
  get high(): number {
    return this.#high;
  }

  override reset(): void {
    super.reset();
    this.#isMeasured = false;
  }
}

/** Column whose values are read from rows. */
interface ReadColumn<Row> {
  read(row: Row, at: number): void;
}

/**
 * Columns that are read from a row together, each row once: where one of a row's values takes the work of all. Most
 * columns are alone.
 */
export class ColumnFamily<Row> {
  readonly #rows: readonly Row[];
  readonly #members: ReadColumn<Row>[] = [];
  readonly #isRead: Uint8Array;

  constructor({ rows, size }: BatchRows<Row>) {
    this.#rows = rows;
    this.#isRead = new Uint8Array(size);
  }

  add(column: ReadColumn<Row>): void {
    this.#members.push(column);
  }

  /** Reads the values of selected rows that were not read yet. */
  read(selected: Uint16Array, count: number): void {
    const [rows, members, isRead] = [this.#rows, this.#members, this.#isRead];
    for (let j = 0; j < count; j++) {
      const at = selected[j] ?? 0;
      const row = rows[at];
      if (isRead[at] !== 0 || row === undefined) continue;
      isRead[at] = 1;
      for (let k = 0; k < members.length; k++) members[k]?.read(row, at);
    }
  }

  reset(): void {
    this.#isRead.fill(0);
  }
}

/** Numbers of a field. */
export class FieldNumbers<Row> extends NumberColumn implements ReadColumn<Row> {
  readonly #family: ColumnFamily<Row>;
  readonly #read: (row: Row) => number | null | undefined;

  /** @param read reader of the field. A number that is not finite is unknown */
  constructor(batch: BatchRows<Row>, family: ColumnFamily<Row>, read: (row: Row) => number | null | undefined) {
    super(batch);
    this.#family = family;
    this.#read = read;
    family.add(this);
  }

  read(row: Row, at: number): void {
    const value = this.#read(row);
    this.values[at] = value === null || value === undefined ? Number.NaN : finite(value);
  }

  override reset(): void {
    super.reset();
    this.#family.reset();
  }

  protected override fill(selected: Uint16Array, count: number): void {
    this.#family.read(selected, count);
  }
}

/** Texts of a field; null is unknown. */
export class FieldTexts<Row> extends BatchColumn<(string | null)[]> implements ReadColumn<Row> {
  readonly #family: ColumnFamily<Row>;
  readonly #read: (row: Row) => string | null | undefined;

  constructor(batch: BatchRows<Row>, family: ColumnFamily<Row>, read: (row: Row) => string | null | undefined) {
    super(batch, new Array<string | null>(batch.size).fill(null));
    this.#family = family;
    this.#read = read;
    family.add(this);
  }

  read(row: Row, at: number): void {
    this.values[at] = this.#read(row) ?? null;
  }

  override reset(): void {
    super.reset();
    this.#family.reset();
  }

  protected override fill(selected: Uint16Array, count: number): void {
    this.#family.read(selected, count);
  }
}

/** One number for all rows. */
export class ConstantNumbers extends NumberColumn {
  constructor(batch: BatchRows<unknown>, value: number) {
    super(batch);
    this.values.fill(value);
  }

  protected override fill(): void {}
}

/** Results of an operation on two columns, times a factor. */
export class CalculatedNumbers extends NumberColumn {
  readonly #left: NumberColumn;
  readonly #right: NumberColumn;
  readonly #operator: ArithmeticOperator;
  readonly #factor: number;

  constructor(
    batch: BatchRows<unknown>,
    operator: ArithmeticOperator,
    factor: number,
    [left, right]: readonly [NumberColumn, NumberColumn],
  ) {
    super(batch);
    this.#operator = operator;
    this.#factor = factor;
    this.#left = left;
    this.#right = right;
  }

  protected override fill(selected: Uint16Array, count: number): void {
    const [left, right] = [this.#left.of(selected, count), this.#right.of(selected, count)];
    const [values, operator, factor] = [this.values, this.#operator, this.#factor];
    for (let j = 0; j < count; j++) {
      const at = selected[j] ?? 0;
      values[at] = finite(calculate(operator, left[at] ?? 0, right[at] ?? 0) * factor);
    }
  }
}

function calculate(operator: ArithmeticOperator, a: number, b: number): number {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  return operator === '*' ? a * b : a / b;
}

/** Returns NaN for a number that is not finite: it is unknown. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN;
}
