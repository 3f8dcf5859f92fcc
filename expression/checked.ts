import type { PortRange, PortSet, Prefix, PrefixSet } from '../inetdiag/index.js';
import type { AddressField, BooleanField, FlagDefinition, NumericField, TextField } from './field.js';
import type { Glob } from './glob.js';
import type { ArithmeticOperator, ComparisonOperator } from './tree.js';

/** Value that is a number: in microseconds, bytes, bytes per second or 1. */
export type Numeric<Row> =
  | { readonly kind: 'constant'; readonly value: number }
  /** Reading of a field, times the factor of its unit. */
  | { readonly kind: 'reading'; readonly field: NumericField<Row>; readonly factor: number }
  /** Result of an operation, times a factor. */
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: Numeric<Row>;
      readonly right: Numeric<Row>;
      readonly factor: number;
    };

/** Field that can be read as a text. */
export type Textual<Row> = TextField<Row> | AddressField<Row>;

/**
 * Checked condition: every name is a field, and types and units fit. A test of a value is unknown (null) if the
 * value is; `isNull`, `isMissing` and `search` are never unknown.
 */
export type Test<Row> =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Test<Row>[] }
  /** True if a part is true, else false: a word is not found in an unknown text. */
  | { readonly kind: 'search'; readonly parts: readonly Test<Row>[] }
  | { readonly kind: 'not'; readonly part: Test<Row> }
  | {
      readonly kind: 'comparison';
      readonly operator: ComparisonOperator;
      readonly left: Numeric<Row>;
      readonly right: Numeric<Row>;
    }
  | { readonly kind: 'isNull'; readonly value: Numeric<Row> }
  | { readonly kind: 'isMissing'; readonly field: NonNumeric<Row> }
  /** Texts are in lower case. */
  | { readonly kind: 'equals' | 'contains'; readonly field: Textual<Row>; readonly text: string }
  | { readonly kind: 'glob'; readonly field: Textual<Row>; readonly glob: Glob }
  | { readonly kind: 'isTrue'; readonly field: BooleanField<Row> | FlagDefinition<Row> }
  | {
      readonly kind: 'prefixes';
      readonly field: AddressField<Row>;
      readonly prefixes: PrefixSet;
      /** Prefixes of the set, as they are written. */
      readonly list: readonly Prefix[];
    }
  | {
      readonly kind: 'ports';
      readonly field: NumericField<Row>;
      readonly ports: PortSet;
      /** Ranges of the set, as they are written. */
      readonly ranges: readonly PortRange[];
    }
  | { readonly kind: 'same'; readonly left: NonNumeric<Row>; readonly right: NonNumeric<Row> };

/** Field that holds no number. */
export type NonNumeric<Row> = TextField<Row> | BooleanField<Row> | AddressField<Row>;
