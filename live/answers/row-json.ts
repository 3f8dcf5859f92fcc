import { type FieldJsonValue, fieldJson, type RowField } from '../../fields/index.js';
import { ROW_PARTS, type RowPart, type RowVocabulary, type StoreRow } from '../store/index.js';
import type { RowJson } from '../wire/index.js';
import { unknownField } from './sort-keys.js';

/** Fields to show, by part. */
export interface ChosenFields {
  readonly top: readonly RowField<StoreRow>[];
  readonly parts: readonly { readonly part: RowPart; readonly fields: readonly RowField<StoreRow>[] }[];
}

/** Parses the parameter `fields`: `default`, `all`, or names of fields and parts with commas. @throws RequestError */
export function parseFields(text: string, table: RowVocabulary): ChosenFields {
  const chosen = new Set<RowField<StoreRow>>();
  for (const name of text.split(',').map((each) => each.trim())) {
    for (const field of namedFields(name, table)) chosen.add(field);
  }
  const ordered = table.fields.filter((field) => chosen.has(field));
  return {
    top: ordered.filter(({ part }) => part === ''),
    parts: ROW_PARTS.map((part) => ({ part, fields: ordered.filter((field) => field.part === part) })).filter(
      ({ fields }) => fields.length > 0,
    ),
  };
}

function namedFields(name: string, { fields, vocabulary }: RowVocabulary): readonly RowField<StoreRow>[] {
  if (name === 'all') return fields;
  if (name === 'default') return fields.filter(({ isDefault }) => isDefault === true);
  const part = fields.filter((field) => field.part === name && name !== '');
  if (part.length > 0) return part;
  const scalar = vocabulary.field(name)?.field;
  if (scalar !== undefined) return fields.filter((field) => field === scalar);
  const object = fields.find((field) => field.name === name || `${field.part}.${field.name}` === name);
  if (object === undefined) throw unknownField('fields', name, vocabulary);
  return [object];
}

/** Returns a row as JSON, with the chosen fields. */
export function rowJson(row: StoreRow, { top, parts }: ChosenFields): RowJson {
  const json: Record<string, FieldJsonValue> = {};
  for (const field of top) json[field.name] = fieldJson(field, row);
  for (const { part, fields } of parts) {
    // `connection` is never null; reading it here would make all of it.
    if (part !== 'connection' && row[part] === null) {
      json[part] = null;
      continue;
    }
    const values: Record<string, FieldJsonValue> = {};
    for (const field of fields) values[field.name] = fieldJson(field, row);
    json[part] = values;
  }
  // The table's names and types are those of RowJson; a test holds them together.
  return json as RowJson;
}
