/** Comparison of two values. */
export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export const COMPARISON_OPERATORS: readonly ComparisonOperator[] = ['=', '!=', '<', '<=', '>', '>='];

/** Operation on two values. */
export type ArithmeticOperator = '+' | '-' | '*' | '/';

/** Terms for endpoints, as in rules of `-filter`; `addr` and `port` mean either end. */
export type Term = 'src' | 'dst' | 'addr' | 'sport' | 'dport' | 'port';
/** Terms with their kind of list, and the fields that each of them tests, by name or alias. */
export const TERMS: Readonly<
  Record<Term, { readonly list: 'prefixes' | 'ports'; readonly fields: readonly string[] }>
> = {
  src: { list: 'prefixes', fields: ['src'] },
  dst: { list: 'prefixes', fields: ['dst'] },
  addr: { list: 'prefixes', fields: ['src', 'dst'] },
  sport: { list: 'ports', fields: ['sport'] },
  dport: { list: 'ports', fields: ['dport'] },
  port: { list: 'ports', fields: ['sport', 'dport'] },
};

/** Returns the term of a word in any case. */
export function termOf(word: string): Term | undefined {
  const name = word.toLowerCase();
  return Object.hasOwn(TERMS, name) ? (name as Term) : undefined;
}

/** Words that are neither fields nor texts, unless they are quoted. */
export const KEYWORDS: readonly string[] = ['and', 'or', 'not', 'in', 'null'];

/** Word without quotes: a field, or a text where a text is compared. */
export interface Word {
  readonly kind: 'word';
  readonly text: string;
  readonly at: number;
}

/** Number with its unit, or null without one. */
export interface NumberValue {
  readonly kind: 'number';
  /** Digits as they are written. */
  readonly digits: string;
  readonly unit: string | null;
  readonly at: number;
}

/** Text in quotes. */
export interface StringValue {
  readonly kind: 'string';
  readonly text: string;
  readonly at: number;
}

/** Functions of aggregates. */
export const AGGREGATES = ['count', 'sum', 'avg', 'min', 'max', 'p95'] as const;
/** One of {@link AGGREGATES}. */
export type AggregateFunction = (typeof AGGREGATES)[number];

/** Value of all rows of a group together: `p95(rtt where dport 443)`. */
export interface Aggregate {
  readonly kind: 'aggregate';
  readonly function: AggregateFunction;
  /** Value of each row; null for `count`, which may have none. */
  readonly argument: Value | null;
  /** Condition for the rows that count; null: all. */
  readonly condition: Expression | null;
  readonly at: number;
}

/** Returns the function of a word in any case. */
export function aggregateOf(word: string): AggregateFunction | undefined {
  const name = word.toLowerCase();
  return AGGREGATES.find((each) => each === name);
}

/** Element of an `in` list. */
export type Literal = Word | NumberValue | StringValue;

/** Side of a comparison. `at` is the position of the operator, or of the value itself. */
export type Value =
  | Literal
  | Aggregate
  | { readonly kind: 'null'; readonly at: number }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: Value;
      readonly right: Value;
      readonly at: number;
    };

/** Element of a list with commas. */
export interface Item {
  readonly text: string;
  readonly at: number;
}

/** Tree of an expression, as it is written: names are not looked up yet. `and` without parts holds always. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[]; readonly at: number }
  | { readonly kind: 'not'; readonly part: Expression; readonly at: number }
  | {
      readonly kind: 'comparison';
      readonly operator: ComparisonOperator;
      readonly left: Value;
      readonly right: Value;
      readonly at: number;
    }
  | {
      readonly kind: 'match';
      readonly field: Word;
      readonly isNegated: boolean;
      readonly pattern: string;
      readonly at: number;
    }
  | {
      readonly kind: 'in';
      readonly field: Word;
      readonly isNegated: boolean;
      readonly items: readonly Literal[];
      readonly at: number;
    }
  | { readonly kind: 'term'; readonly term: Term; readonly items: readonly Item[]; readonly at: number }
  | { readonly kind: 'pair'; readonly field: Word; readonly items: readonly Item[]; readonly at: number }
  | { readonly kind: 'flag'; readonly flag: string; readonly at: number }
  | {
      readonly kind: 'search';
      readonly text: string;
      /** A number without quotes: it is searched in numbers, not in texts. */
      readonly isNumber: boolean;
      readonly at: number;
    };

/** Returns the position of the first character of a value. */
export function startOf(value: Value): number {
  return value.kind === 'arithmetic' ? startOf(value.left) : value.at;
}
