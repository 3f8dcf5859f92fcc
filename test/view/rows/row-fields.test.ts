import { describe, expect, it } from 'vitest';
import { fullName } from '../../../expression/index.js';
import { isScalar } from '../../../fields/index.js';
import { StoreAnswers } from '../../../live/answers/index.js';
import { ROW_FIELDS, ROW_VOCABULARY } from '../../../live/store/index.js';
import { Columns, fieldName, RowFields } from '../../../view/rows/index.js';
import { FakeStore } from '../../live/answers/fake-store.js';

const NAMES = ROW_FIELDS.filter(isScalar).flatMap((field) => [
  fullName(field),
  field.name,
  field.name.toUpperCase(),
  ...(field.aliases ?? []),
]);

describe('fields of rows by name', () => {
  const answered = new StoreAnswers(new FakeStore([]), {
    elapsedMs: () => 0,
    onFault: (error) => {
      throw error;
    },
  }).fields();
  const fields = new RowFields(answered.fields);

  it.each([...new Set(NAMES)])('%s means what it means in expressions', (name) => {
    const found = ROW_VOCABULARY.field(name);
    expect(found).toBeDefined();
    expect(fields.find(name)).toMatchObject({
      name: found?.name,
      field: { part: found?.field.part, name: found?.field.name },
    });
  });

  it('are qualified where the table says so', () => {
    for (const field of ROW_FIELDS) {
      expect([fieldName(field), fields.isQualified(field)]).toEqual([
        fieldName(field),
        isScalar(field) && field.isQualified === true,
      ]);
    }
  });

  it('make the same columns from the answer of /fields as from the table', () => {
    const [ours, theirs] = [new Columns(new RowFields(ROW_FIELDS)), new Columns(fields)].map((columns) =>
      columns.choosable().map((column) => ({ ...column, text: undefined, described: columns.describe(column) })),
    );
    expect(theirs).toEqual(ours);
  });
});
