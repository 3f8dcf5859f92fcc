import { BatchColumn, type BatchRows, type FieldTexts, type NumberColumn } from './batch-columns.js';
import type { Evaluate } from './compile.js';
import type { ComparisonOperator } from './tree.js';

/** Results of conditions: `and` is the least, `or` the greatest. 0: not evaluated. */
export const Outcome = { False: 1, Unknown: 2, True: 3 } as const;

/** Results of a condition, each an {@link Outcome}. */
export abstract class ConditionColumn extends BatchColumn<Uint8Array> {
  #common = 0;

  constructor(batch: BatchRows<unknown>) {
    super(batch, new Uint8Array(batch.size));
  }

  /** Result of all rows of the batch, as far as that was noticed; 0: they may differ. */
  get common(): number {
    return this.#common;
  }

  override reset(): void {
    super.reset();
    this.#common = 0;
  }

  /** Sets the results of all rows. */
  protected setAll(outcome: number, count: number): void {
    this.values.fill(outcome, 0, count);
    this.#common = outcome;
  }

  /** Notes that all rows have the result of the first one. */
  protected noteCommon(): void {
    this.#common = this.values[0] ?? 0;
  }
}

/** Parts joined by `and` or `or`. A part is evaluated for the rows that the parts before it do not decide. */
export class JoinedConditions extends ConditionColumn {
  readonly #parts: readonly ConditionColumn[];
  /** Rows that are not decided. */
  readonly #rest: Uint16Array;
  readonly #isAnd: boolean;

  constructor(batch: BatchRows<unknown>, kind: 'and' | 'or', parts: readonly ConditionColumn[]) {
    super(batch);
    this.#parts = parts;
    this.#rest = new Uint16Array(batch.size);
    this.#isAnd = kind === 'and';
  }

  protected override fill(selected: Uint16Array, count: number): void {
    const [results, rest] = [this.values, this.#rest];
    const [none, decisive] = this.#isAnd ? [Outcome.True, Outcome.False] : [Outcome.False, Outcome.True];
    for (let j = 0; j < count; j++) results[selected[j] ?? 0] = none;
    let [from, left] = [selected, count];
    for (const part of this.#parts) {
      if (left === 0) break;
      const values = part.of(from, left);
      if (part.common === none) continue;
      if (part.common === decisive && this.isAll(count)) {
        this.setAll(decisive, count);
        return;
      }
      let kept = 0;
      for (let j = 0; j < left; j++) {
        const at = from[j] ?? 0;
        const value = values[at] ?? 0;
        if (value === decisive) results[at] = decisive;
        else {
          if (value === Outcome.Unknown) results[at] = value;
          rest[kept++] = at;
        }
      }
      from = rest;
      left = kept;
    }
  }
}

/** Condition that must not hold. */
export class NegatedCondition extends ConditionColumn {
  readonly #part: ConditionColumn;

  constructor(batch: BatchRows<unknown>, part: ConditionColumn) {
    super(batch);
    this.#part = part;
  }

  protected override fill(selected: Uint16Array, count: number): void {
    const [results, values] = [this.values, this.#part.of(selected, count)];
    if (this.#part.common !== 0 && this.isAll(count)) {
      this.setAll(Outcome.False + Outcome.True - this.#part.common, count);
      return;
    }
    for (let j = 0; j < count; j++) {
      const at = selected[j] ?? 0;
      results[at] = Outcome.False + Outcome.True - (values[at] ?? 0);
    }
  }
}

/** Comparison of two columns of numbers. */
export class ComparedNumbers extends ConditionColumn {
  readonly #operator: ComparisonOperator;
  readonly #left: NumberColumn;
  readonly #right: NumberColumn;

  constructor(batch: BatchRows<unknown>, operator: ComparisonOperator, left: NumberColumn, right: NumberColumn) {
    super(batch);
    this.#operator = operator;
    this.#left = left;
    this.#right = right;
  }

  protected override fill(selected: Uint16Array, count: number): void {
    const [results, operator] = [this.values, this.#operator];
    const [left, right] = [this.#left.of(selected, count), this.#right.of(selected, count)];
    if (this.isAll(count)) {
      this.#left.measure(count);
      this.#right.measure(count);
      const common = compareAll(operator, this.#left, this.#right);
      if (common !== 0) {
        this.setAll(common, count);
        return;
      }
    }
    for (let j = 0; j < count; j++) {
      const at = selected[j] ?? 0;
      const [a, b] = [left[at] ?? 0, right[at] ?? 0];
      if (Number.isNaN(a) || Number.isNaN(b)) results[at] = Outcome.Unknown;
      else results[at] = compare(operator, a, b) ? Outcome.True : Outcome.False;
    }
  }
}

function compare(operator: ComparisonOperator, a: number, b: number): boolean {
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

/** Returns the result for all rows, if the ranges of both columns say it; else 0. */
function compareAll(operator: ComparisonOperator, left: NumberColumn, right: NumberColumn): number {
  if (operator === '>') return left.high <= right.low ? Outcome.False : left.low > right.high ? Outcome.True : 0;
  if (operator === '<') return left.low >= right.high ? Outcome.False : left.high < right.low ? Outcome.True : 0;
  if (operator === '>=') return left.high < right.low ? Outcome.False : left.low >= right.high ? Outcome.True : 0;
  if (operator === '<=') return left.low > right.high ? Outcome.False : left.high <= right.low ? Outcome.True : 0;
  const isApart = left.high < right.low || left.low > right.high;
  if (!isApart) return 0;
  return operator === '=' ? Outcome.False : Outcome.True;
}

/**
 * Comparison of a column of numbers with one number: by far the most frequent condition, and the first one of a rule is
 * evaluated for all rows. So each direction has a loop of its own.
 */
export class NumbersAgainst extends ConditionColumn {
  readonly #numbers: NumberColumn;
  readonly #bound: number;
  readonly #isMore: boolean;

  constructor(batch: BatchRows<unknown>, operator: '>' | '<', numbers: NumberColumn, bound: number) {
    super(batch);
    this.#numbers = numbers;
    this.#bound = bound;
    this.#isMore = operator === '>';
  }

  protected override fill(selected: Uint16Array, count: number): void {
    const numbers = this.#numbers.of(selected, count);
    if (this.isAll(count)) {
      this.#numbers.measure(count);
      const { low, high } = this.#numbers;
      const bound = this.#bound;
      if (high < bound || low > bound) {
        this.setAll(high < bound !== this.#isMore ? Outcome.True : Outcome.False, count);
        return;
      }
    }
    if (this.#isMore) this.#more(numbers, selected, count);
    else this.#less(numbers, selected, count);
  }

  #more(numbers: Float64Array, selected: Uint16Array, count: number): void {
    const [results, bound] = [this.values, this.#bound];
    for (let j = 0; j < count; j++) {
      const at = selected[j] ?? 0;
      const value = numbers[at] ?? 0;
      results[at] = value > bound ? Outcome.True : value <= bound ? Outcome.False : Outcome.Unknown;
    }
  }

  #less(numbers: Float64Array, selected: Uint16Array, count: number): void {
    const [results, bound] = [this.values, this.#bound];
    for (let j = 0; j < count; j++) {
      const at = selected[j] ?? 0;
      const value = numbers[at] ?? 0;
      results[at] = value < bound ? Outcome.True : value >= bound ? Outcome.False : Outcome.Unknown;
    }
  }
}

/** Test of a column of numbers, such as of ports. */
export class TestedNumbers extends ConditionColumn {
  readonly #numbers: NumberColumn;
  readonly #accepts: (value: number) => boolean;

  constructor(batch: BatchRows<unknown>, numbers: NumberColumn, accepts: (value: number) => boolean) {
    super(batch);
    this.#numbers = numbers;
    this.#accepts = accepts;
  }

  protected override fill(selected: Uint16Array, count: number): void {
    const [results, numbers] = [this.values, this.#numbers.of(selected, count)];
    for (let j = 0; j < count; j++) {
      const at = selected[j] ?? 0;
      const value = numbers[at] ?? 0;
      if (Number.isNaN(value)) results[at] = Outcome.Unknown;
      else results[at] = this.#accepts(value) ? Outcome.True : Outcome.False;
    }
  }
}

/** Test of a column of texts. Texts of many rows are the same, so that the last result is mostly the next one. */
export class TestedTexts<Row> extends ConditionColumn {
  readonly #texts: FieldTexts<Row>;
  readonly #accepts: (text: string) => boolean;
  #last: string | null = null;
  #lastResult: number = Outcome.Unknown;

  constructor(batch: BatchRows<Row>, texts: FieldTexts<Row>, accepts: (text: string) => boolean) {
    super(batch);
    this.#texts = texts;
    this.#accepts = accepts;
  }

  protected override fill(selected: Uint16Array, count: number): void {
    const [results, texts] = [this.values, this.#texts.of(selected, count)];
    let changes = 0;
    for (let j = 0; j < count; j++) {
      const at = selected[j] ?? 0;
      const text = texts[at] ?? null;
      if (text !== this.#last) {
        this.#last = text;
        if (j > 0) changes++;
        if (text === null) this.#lastResult = Outcome.Unknown;
        else this.#lastResult = this.#accepts(text) ? Outcome.True : Outcome.False;
      }
      results[at] = this.#lastResult;
    }
    if (changes === 0 && this.isAll(count)) this.noteCommon();
  }
}

/** Any other condition, which is evaluated on rows, on each once. */
export class RowCondition<Row> extends ConditionColumn {
  readonly #rows: readonly Row[];
  readonly #evaluate: Evaluate<Row>;

  constructor(batch: BatchRows<Row>, evaluate: Evaluate<Row>) {
    super(batch);
    this.#rows = batch.rows;
    this.#evaluate = evaluate;
  }

  override reset(): void {
    super.reset();
    this.values.fill(0);
  }

  protected override fill(selected: Uint16Array, count: number): void {
    const [rows, results] = [this.#rows, this.values];
    for (let j = 0; j < count; j++) {
      const at = selected[j] ?? 0;
      const row = rows[at];
      if (results[at] !== 0 || row === undefined) continue;
      const held = this.#evaluate(row);
      results[at] = held === null ? Outcome.Unknown : held ? Outcome.True : Outcome.False;
    }
  }
}
