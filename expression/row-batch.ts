import { BatchChoice } from './batch-choice.js';
import {
  type BatchColumn,
  type BatchRows,
  CalculatedNumbers,
  ColumnFamily,
  ConstantNumbers,
  FieldNumbers,
  FieldTexts,
  type NumberColumn,
} from './batch-columns.js';
import {
  ComparedNumbers,
  type ConditionColumn,
  JoinedConditions,
  NegatedCondition,
  NumbersAgainst,
  RowCondition,
  TestedNumbers,
  TestedTexts,
} from './batch-conditions.js';
import type { Numeric, Test, Textual } from './checked.js';
import { compileTest } from './compile.js';

/** Options of {@link RowBatch}. */
export interface RowBatchOptions {
  /** Most rows at a time, at most 65,536. */
  readonly size: number;
  /**
   * Returns the name of the fields that are read together, because the first one of a row takes the work of all;
   * undefined for a field that is read alone (default: all are).
   */
  readonly familyOf?: (field: { readonly part: string; readonly name: string }) => string | undefined;
}

/**
 * Rows on which many conditions are evaluated together. A value is read once from each row, and a part that conditions
 * share is evaluated once; neither for rows that do not need it. The results are those of `compileExpression`.
 */
export class RowBatch<Row> implements BatchRows<Row> {
  /** Rows of the batch. */
  readonly rows: Row[] = [];
  /** Selection of all rows: their places. */
  readonly all: Uint16Array;
  readonly size: number;
  readonly #familyOf: NonNullable<RowBatchOptions['familyOf']>;
  readonly #families = new Map<string, ColumnFamily<Row>>();
  readonly #numbers = new Map<string, NumberColumn>();
  readonly #texts = new Map<object, FieldTexts<Row>>();
  readonly #conditions = new Map<string, ConditionColumn>();
  readonly #columns: BatchColumn<unknown>[] = [];
  /** Numbers of fields and sets, which stand for them in the keys of columns. */
  readonly #ids = new Map<object, number>();

  constructor({ size, familyOf = () => undefined }: RowBatchOptions) {
    this.size = size;
    this.#familyOf = familyOf;
    this.all = Uint16Array.from({ length: size }, (_, i) => i);
  }

  /** Begins with other rows, which the caller adds to `rows`. */
  clear(): void {
    this.rows.length = 0;
    for (const column of this.#columns) column.reset();
  }

  /** Returns the column of a number. */
  numbers(numeric: Numeric<Row>): NumberColumn {
    const key = this.#numericKey(numeric);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const column = this.#makeNumbers(numeric);
    this.#numbers.set(key, column);
    this.#columns.push(column);
    return column;
  }

  /** Returns the column of a condition. */
  conditions(test: Test<Row>): ConditionColumn {
    const key = this.#testKey(test);
    const known = this.#conditions.get(key);
    if (known !== undefined) return known;
    const column = this.#makeConditions(test);
    this.#conditions.set(key, column);
    this.#columns.push(column);
    return column;
  }

  /** Returns the choice of the rows for which conditions hold for sure. */
  choice(tests: readonly Test<Row>[]): BatchChoice {
    const parts = tests.flatMap((test) => (test.kind === 'and' ? test.parts : [test]));
    return new BatchChoice(
      this.size,
      parts.map((part) => this.conditions(part)),
    );
  }

  #makeNumbers(numeric: Numeric<Row>): NumberColumn {
    if (numeric.kind === 'constant') return new ConstantNumbers(this, numeric.value);
    if (numeric.kind === 'arithmetic') {
      const { left, right, operator, factor } = numeric;
      return new CalculatedNumbers(this, operator, factor, [this.numbers(left), this.numbers(right)]);
    }
    const { field, factor } = numeric;
    const read = (row: Row) => field.read(row);
    if (factor === 1) return new FieldNumbers(this, this.#family(field), read);
    const column = this.numbers({ kind: 'reading', field, factor: 1 });
    return new CalculatedNumbers(this, '*', 1, [column, new ConstantNumbers(this, factor)]);
  }

  #makeConditions(test: Test<Row>): ConditionColumn {
    switch (test.kind) {
      case 'and':
      case 'or': {
        const parts = test.parts.map((part) => this.conditions(part));
        return new JoinedConditions(this, test.kind, parts);
      }
      case 'not':
        return new NegatedCondition(this, this.conditions(test.part));
      case 'comparison': {
        const { operator, left, right } = test;
        if (right.kind === 'constant' && (operator === '>' || operator === '<')) {
          return new NumbersAgainst(this, operator, this.numbers(left), right.value);
        }
        return new ComparedNumbers(this, operator, this.numbers(left), this.numbers(right));
      }
      case 'ports': {
        const { field, ports } = test;
        const numbers = this.numbers({ kind: 'reading', field, factor: 1 });
        return new TestedNumbers(this, numbers, (port) => ports.has(port));
      }
      case 'equals': {
        const { field, text } = test;
        return new TestedTexts(this, this.#textsOf(field), (value) => value.toLowerCase() === text);
      }
      case 'glob': {
        const { field, glob } = test;
        return new TestedTexts(this, this.#textsOf(field), (value) => glob.matches(value.toLowerCase()));
      }
      default:
        return new RowCondition(this, compileTest(test));
    }
  }

  #textsOf(field: Textual<Row>): FieldTexts<Row> {
    const known = this.#texts.get(field);
    if (known !== undefined) return known;
    const column = new FieldTexts(this, this.#family(field), (row) => field.read(row));
    this.#texts.set(field, column);
    this.#columns.push(column);
    return column;
  }

  #family(field: { readonly part: string; readonly name: string }): ColumnFamily<Row> {
    const name = this.#familyOf(field);
    const known = name === undefined ? undefined : this.#families.get(name);
    if (known !== undefined) return known;
    const family = new ColumnFamily<Row>(this);
    if (name !== undefined) this.#families.set(name, family);
    return family;
  }

  #numericKey(numeric: Numeric<Row>): string {
    if (numeric.kind === 'constant') return String(numeric.value);
    if (numeric.kind === 'reading') return `f${this.#id(numeric.field)}*${numeric.factor}`;
    const { operator, left, right, factor } = numeric;
    return `(${this.#numericKey(left)}${operator}${this.#numericKey(right)})*${factor}`;
  }

  #testKey(test: Test<Row>): string {
    switch (test.kind) {
      case 'and':
      case 'or':
        return `${test.kind}(${test.parts.map((part) => this.#testKey(part)).join()})`;
      case 'not':
        return `not(${this.#testKey(test.part)})`;
      case 'comparison':
        return `${this.#numericKey(test.left)}${test.operator}${this.#numericKey(test.right)}`;
      case 'equals':
        return `equals(f${this.#id(test.field)},${JSON.stringify(test.text)})`;
      case 'ports':
        return `ports(f${this.#id(test.field)},${JSON.stringify(test.ranges)})`;
      case 'isTrue':
        return `isTrue(f${this.#id(test.field)})`;
      default:
        return `test${this.#id(test)}`;
    }
  }

  #id(object: object): number {
    const known = this.#ids.get(object);
    if (known !== undefined) return known;
    this.#ids.set(object, this.#ids.size);
    return this.#ids.size - 1;
  }
}
