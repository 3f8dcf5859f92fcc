import type { Numeric, Test } from './checked.js';
import type { FieldDefinition, FlagDefinition } from './field.js';

/** Field or flag that a condition reads. */
export type UsedField<Row> = FieldDefinition<Row> | FlagDefinition<Row>;

/** Returns the fields and flags that a checked condition reads. */
export function usedFields<Row>(test: Test<Row>): ReadonlySet<UsedField<Row>> {
  const used = new Set<UsedField<Row>>();
  collect(test, used);
  return used;
}

function collect<Row>(test: Test<Row>, used: Set<UsedField<Row>>): void {
  switch (test.kind) {
    case 'and':
    case 'or':
    case 'search':
      for (const part of test.parts) collect(part, used);
      return;
    case 'not':
      collect(test.part, used);
      return;
    case 'comparison':
      collectNumeric(test.left, used);
      collectNumeric(test.right, used);
      return;
    case 'isNull':
      collectNumeric(test.value, used);
      return;
    case 'same':
      used.add(test.left);
      used.add(test.right);
      return;
    default:
      used.add(test.field);
  }
}

function collectNumeric<Row>(numeric: Numeric<Row>, used: Set<UsedField<Row>>): void {
  if (numeric.kind === 'reading') used.add(numeric.field);
  if (numeric.kind !== 'arithmetic') return;
  collectNumeric(numeric.left, used);
  collectNumeric(numeric.right, used);
}
