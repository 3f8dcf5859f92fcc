import { compileExpression, type Vocabulary } from '../../../expression/index.js';

/** Keys of a checked condition under which its parts, values and fields are. */
const INNER = ['part', 'parts', 'left', 'right', 'value', 'field'] as const;

/** Value that an expression tests, and archives do not have. */
export interface LackedValue {
  /** Name of the field. */
  readonly name: string;
  /** Full name of the field with the same value of the whole recorded time; undefined without one. */
  readonly instead: string | undefined;
}

/** Returns the first value of the last second that an expression tests; the expression has no error. */
export function lastSecondValue<Row>(text: string, vocabulary: Vocabulary<Row>): LackedValue | undefined {
  if (text.trim() === '') return undefined;
  const isOfConnection = (name: string): boolean => vocabulary.field(`connection.${name}`) !== undefined;
  return find(compileExpression(text, vocabulary).test, isOfConnection);
}

function find(node: unknown, isOfConnection: (name: string) => boolean): LackedValue | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if (Array.isArray(node)) return first(node, isOfConnection);
  const each = node as Readonly<Record<string, unknown>>;
  const { name, part } = each;
  if (typeof name !== 'string')
    return first(
      INNER.map((key) => each[key]),
      isOfConnection,
    );
  return part === 'now' ? { name, instead: isOfConnection(name) ? `connection.${name}` : undefined } : undefined;
}

function first(nodes: readonly unknown[], isOfConnection: (name: string) => boolean): LackedValue | undefined {
  for (const node of nodes) {
    const found = find(node, isOfConnection);
    if (found !== undefined) return found;
  }
  return undefined;
}
