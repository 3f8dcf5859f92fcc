import { type FieldJsonValue, isScalar, type RowField } from '../../fields/index.js';
import type { StoreRow } from '../store/index.js';
import type { ChosenFields } from './row-json.js';

/** Returns a row as JSON text. */
export type RowWriter = (row: StoreRow) => string;

/** Writer of one member of an object, `"name":value`. */
type MemberWriter = (row: StoreRow) => string;

/**
 * Creates a function that writes rows as `JSON.stringify(rowJson(row, fields))` does, without making objects: long
 * lists take half the time.
 */
export function rowWriter({ top, parts }: ChosenFields): RowWriter {
  const members: readonly MemberWriter[] = [
    ...top.map(memberWriter),
    ...parts.map(({ part, fields }): MemberWriter => {
      const inner = fields.map(memberWriter);
      const name = `${JSON.stringify(part)}:`;
      const write: MemberWriter = (row) => name + objectText(inner, row);
      return part === 'connection' ? write : (row) => (row[part] === null ? `${name}null` : write(row));
    }),
  ];
  return (row) => objectText(members, row);
}

function objectText(members: readonly MemberWriter[], row: StoreRow): string {
  let text = '{';
  for (let i = 0; i < members.length; i++) text += (i === 0 ? '' : ',') + (members[i]?.(row) ?? '');
  return `${text}}`;
}

function memberWriter(field: RowField<StoreRow>): MemberWriter {
  const name = `${JSON.stringify(field.name)}:`;
  const { json } = field;
  if (json !== undefined) return (row) => name + valueText(json(row));
  if (!isScalar(field)) throw new TypeError(`field ${field.name} has no value`);
  return (row) => name + valueText(field.read(row) ?? null);
}

/** Characters that JSON escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes control characters
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

function valueText(value: FieldJsonValue): string {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'string':
      return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return value === null ? 'null' : JSON.stringify(value);
  }
}
