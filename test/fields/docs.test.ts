import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileExpression, ExpressionError, fullName, UNITS, type Vocabulary } from '../../expression/index.js';
import {
  CONNECTION_FIELDS,
  CONNECTION_FLAGS,
  CONNECTION_VOCABULARY,
  EXCHANGE_FIELDS,
  EXCHANGE_FLAGS,
  EXCHANGE_VOCABULARY,
  FLOW_FIELDS,
  FLOW_FLAGS,
  FLOW_VOCABULARY,
  isScalar,
  type RowField,
  SOCKET_FIELDS,
  SOCKET_FLAGS,
  SOCKET_VOCABULARY,
} from '../../fields/index.js';
import { ROW_FIELDS, ROW_FLAGS, ROW_VOCABULARY } from '../../live/store/index.js';
import { expectSection, markdownTable, sectionOf, tableCells } from '../support/document-section.js';

const PAGE = 'docs/expressions.md';
const FLOW_PAGE = 'docs/conntrack.md';
const HTTP_PAGE = 'docs/http.md';
const CLOSE_PAGE = 'docs/services.md';
const DIMENSIONS = { duration: 'durations', bytes: 'sizes', rate: 'rates', ratio: 'ratios' } as const;

const code = (text: string): string => `\`${text}\``;

/** Returns the text of a cell that has only code. */
function codeOf(cell = ''): string {
  expect(cell).toMatch(/^`.*`$/);
  return cell.slice(1, -1);
}

/** Returns rows of the fields that expressions can use, with names as one writes them. */
function fieldRows<Row>(fields: readonly RowField<Row>[], vocabulary: Vocabulary<Row>, hasParts: boolean): string[][] {
  return fields.filter(isScalar).map((field) => {
    const isOwn = (name: string): boolean => vocabulary.field(name)?.field === field;
    const name = isOwn(field.name) ? field.name : fullName(field);
    const others = (field.aliases ?? []).filter((alias) => isOwn(alias) && alias !== name);
    return [
      code(name),
      others.map(code).join(', '),
      ...(hasParts ? [field.part] : []),
      field.type,
      field.unit ?? '',
      field.description,
    ];
  });
}

function examples(mark: string): string[] {
  return tableCells(sectionOf(PAGE, mark)).map(([cell]) => codeOf(cell));
}

describe('docs/expressions.md', () => {
  it('has the units of expressions', () => {
    const rows = Object.entries(DIMENSIONS).map(([dimension, words]) => [
      words,
      UNITS.filter((unit) => unit.dimension === dimension)
        .map(({ name }) => code(name))
        .join(', '),
    ]);
    expectSection(PAGE, 'units', markdownTable(['units of', 'in any case'], rows));
  });

  it('has the flags of archives and of live connections', () => {
    const names = [...new Set([...CONNECTION_FLAGS, ...ROW_FLAGS].map(({ name }) => name))];
    const rows = names.map((name) => [
      code(`is:${name}`),
      CONNECTION_FLAGS.find((flag) => flag.name === name)?.description ?? '',
      ROW_FLAGS.find((flag) => flag.name === name)?.description ?? '',
    ]);
    expectSection(PAGE, 'flags', markdownTable(['flag', 'connections of archives', 'live connections'], rows));
  });

  it('has the fields of connections of archives', () => {
    const rows = fieldRows(CONNECTION_FIELDS, CONNECTION_VOCABULARY, false);
    expectSection(PAGE, 'fields-archive', markdownTable(['field', 'also', 'type', 'unit', 'meaning'], rows));
  });

  it('has the fields and flags of flows, on their page', () => {
    const rows = fieldRows(FLOW_FIELDS, FLOW_VOCABULARY, false);
    expectSection(FLOW_PAGE, 'fields-flow', markdownTable(['field', 'also', 'type', 'unit', 'meaning'], rows));
    const flags = FLOW_FLAGS.map(({ name, description }) => [code(`is:${name}`), description]);
    expectSection(FLOW_PAGE, 'flags-flow', markdownTable(['flag', 'meaning'], flags));
  });

  it('has conditions on flows that are right, on their page', () => {
    const page = readFileSync(join(import.meta.dirname, '../..', FLOW_PAGE), 'utf8');
    const conditions = [...page.matchAll(/tcp-info conntrack (?:list|watch)[^'\n`]*'([^']+)'/g)];
    expect(conditions.length).toBeGreaterThan(5);
    for (const [, condition = ''] of conditions) {
      expect(compileExpression(condition, FLOW_VOCABULARY).tree, condition).toBeDefined();
    }
  });

  it('has the fields and flags of exchanges, on their page', () => {
    const rows = fieldRows(EXCHANGE_FIELDS, EXCHANGE_VOCABULARY, false);
    expectSection(HTTP_PAGE, 'fields-exchange', markdownTable(['field', 'also', 'type', 'unit', 'meaning'], rows));
    const flags = EXCHANGE_FLAGS.map(({ name, description }) => [code(`is:${name}`), description]);
    expectSection(HTTP_PAGE, 'flags-exchange', markdownTable(['flag', 'meaning'], flags));
  });

  it('has conditions on exchanges that are right, on their page', () => {
    const page = readFileSync(join(import.meta.dirname, '../..', HTTP_PAGE), 'utf8');
    const conditions = [...page.matchAll(/tcp-info http --filter='([^']+)'/g)];
    expect(conditions.length).toBeGreaterThan(5);
    for (const [, condition = ''] of conditions) {
      expect(compileExpression(condition, EXCHANGE_VOCABULARY).tree, condition).toBeDefined();
    }
  });

  it('has the fields of live connections', () => {
    const rows = fieldRows(ROW_FIELDS, ROW_VOCABULARY, true);
    expectSection(PAGE, 'fields-live', markdownTable(['field', 'also', 'part', 'type', 'unit', 'meaning'], rows));
  });

  it('has the fields and flags of listed sockets', () => {
    const rows = fieldRows(SOCKET_FIELDS, SOCKET_VOCABULARY, true);
    expectSection(PAGE, 'fields-socket', markdownTable(['field', 'also', 'part', 'type', 'unit', 'meaning'], rows));
    const flags = SOCKET_FLAGS.map(({ name, description }) => [code(`is:${name}`), description]);
    expectSection(PAGE, 'flags-socket', markdownTable(['flag', 'meaning'], flags));
  });

  it('has the values of fields that have few', () => {
    const valuesOf = (field: object): string =>
      'values' in field && Array.isArray(field.values)
        ? field.values.map((value) => code(String(value))).join(', ')
        : '';
    const names = new Map<string, Set<string>>();
    for (const field of [...CONNECTION_FIELDS, ...ROW_FIELDS]) {
      const values = valuesOf(field);
      if (values !== '') names.set(values, (names.get(values) ?? new Set()).add(code(field.name)));
    }
    const rows = [...names].map(([values, fields]) => [[...fields].join(', '), values]);
    expectSection(PAGE, 'values', markdownTable(['field', 'values'], rows));
  });

  it.each(examples('examples-archive'))('has an example for archives that is right: %s', (example) => {
    expect(compileExpression(example, CONNECTION_VOCABULARY).tree).toBeDefined();
  });

  it.each(examples('examples-live'))('has an example for live connections that is right: %s', (example) => {
    expect(compileExpression(example, ROW_VOCABULARY).tree).toBeDefined();
  });

  it.each(examples('examples-socket'))('has an example for listed sockets that is right: %s', (example) => {
    expect(compileExpression(example, SOCKET_VOCABULARY).tree).toBeDefined();
  });

  it('has conditions of tcp-info close that are right, on its page', () => {
    const page = readFileSync(join(import.meta.dirname, '../..', CLOSE_PAGE), 'utf8');
    const conditions = [...page.matchAll(/tcp-info close[^'\n`]*'([^']+)'/g)];
    expect(conditions.length).toBeGreaterThan(3);
    for (const [, condition = ''] of conditions) {
      expect(compileExpression(condition, SOCKET_VOCABULARY).tree, condition).toBeDefined();
    }
  });

  it.each(tableCells(sectionOf(PAGE, 'mistakes')))('has the message for the mistake %s', (example, message) => {
    let error: unknown;
    try {
      compileExpression(codeOf(example), CONNECTION_VOCABULARY);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ExpressionError);
    expect(error).toMatchObject({ message: codeOf(message) });
  });
});
