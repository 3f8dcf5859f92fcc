/**
 * Language of conditions on rows: text → tokens → tree → checked against a table of fields → closures.
 *
 *     expression = and { ("or" | "||") and }
 *     and        = not { [ "and" | "&&" ] not }          two beside each other: both must hold
 *     not        = ("not" | "!" | "-") not | "(" expression ")" | condition
 *     condition  = sum ("=" | "!=" | "<" | "<=" | ">" | ">=") sum
 *                | field ("~" | "!~") pattern | field [ "not" ] "in" "(" item { "," item } ")"
 *                | ("src" | "dst" | "addr") prefixes | ("sport" | "dport" | "port") ports
 *                | field ":" item { "," item } | "is" ":" flag | word | number | string
 *     sum        = product { ("+" | "-") product }       product = value { ("*" | "/") value }
 *     value      = number [ unit ] | field | string | "null" | aggregate | "(" sum ")"
 *     aggregate  = ("count" | "sum" | "avg" | "min" | "max" | "p95") "(" [ sum ] [ "where" expression ] ")"
 *
 * `rtt > 3*minrtt and send > 1Mbit/s`, `dst 10.0.0.0/8 dport 443 -comm:nginx`, `state:close_wait age > 1h`. An empty
 * text holds for every row.
 *
 * - Names are those of the table: `rttUs`, `now.rttUs` or an alias. Case matters nowhere, neither in names nor in texts.
 * - A word beside a text is a text: `limited = cwnd`. The name of another text, and a text with a hyphen, need quotes,
 *   except in lists. A backslash in a string takes the next character as it is.
 * - A bare word is searched in the texts that the caller names, a bare number is compared with the caller's numbers.
 * - `field:a,b`: one of them is in the text; for others, one of them is equal. Prefixes and ports have the form of
 *   `-filter`'s, ports also as `5000-5010`. In lists blanks may follow a comma.
 * - `~` takes `*` (any letters) and `?` (one letter), and matches the whole text. There are no regular expressions.
 * - A unit stands right behind its number: {@link UNITS}. A duration, a size, a rate and a ratio need one, but zero, and
 *   beside a field whose name says its unit: `rttUs > 50`. A quotient of two sizes may be compared with `5%`. A time is
 *   a string, `"2026-11-28T19:05:00Z"`; two times make a duration.
 * - Null is unknown: a comparison or a pair with it is neither true nor false, `not` leaves it so, and `and` and `or`
 *   are known only if the other parts decide. A row matches only if the whole is true. `x = null` and `x != null` test
 *   it. A division by zero is null. A bare word is not found in null, so `-nginx` keeps rows without a command, and
 *   `-comm:nginx` does not.
 * - `-` right before a word and after a blank means not; elsewhere it is a minus. `web-1` alone is searched as a text.
 * - Aggregates are of groups of rows, and only {@link compileGroupExpression} knows them: `count(where state = close_wait)
 *   > 100`, `p95(rtt) > 50ms`. Only `count` may be without a value. Rows whose value is unknown, or whose condition does
 *   not hold for sure, do not count.
 * - Bounds: numbers of 15 digits, 4,096 characters, 256 nodes, 32 levels, 256 characters in a word.
 */
export type { BatchChoice } from './batch-choice.js';
export type { NumberColumn } from './batch-columns.js';
export { type ConditionColumn, Outcome } from './batch-conditions.js';
export type { NonNumeric, Numeric, Test, Textual } from './checked.js';
export type { Evaluate, Read } from './compile.js';
export {
  type Completion,
  type CompletionOptions,
  completeExpression,
} from './complete.js';
export { ExpressionError } from './error.js';
export { type CompiledExpression, compileExpression } from './expression.js';
export {
  type AddressField,
  type BooleanField,
  type FieldDefinition,
  type FlagDefinition,
  fullName,
  type NumericField,
  type Readable,
  type TextField,
} from './field.js';
export { formatExpression } from './format.js';
export {
  type Aggregated,
  type CompiledAggregate,
  compileGroupExpression,
  type GroupExpression,
} from './group-expression.js';
export {
  MAX_COMPLETED_VALUES,
  MAX_EXPRESSION_DEPTH,
  MAX_EXPRESSION_LENGTH,
  MAX_EXPRESSION_NODES,
  MAX_WORD_LENGTH,
} from './limits.js';
export { type Measure, measureOf } from './measure.js';
export { near } from './near.js';
export { type ParseOptions, parseExpression } from './parse.js';
export { RowBatch, type RowBatchOptions } from './row-batch.js';
export type {
  Aggregate,
  AggregateFunction,
  ArithmeticOperator,
  ComparisonOperator,
  Expression,
  Item,
  Literal,
  NumberValue,
  StringValue,
  Term,
  Value,
  Word,
} from './tree.js';
export { type Dimension, findUnit, UNITS, type Unit } from './units.js';
export { type UsedField, usedFields } from './used-fields.js';
export { type AggregateValue, type NamedField, Vocabulary, type VocabularyOptions } from './vocabulary.js';
