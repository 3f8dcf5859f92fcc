import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Column, Columns, RowFields } from '../../view/rows/index.js';
import { Dialog, FieldLabel, fieldWords } from '../parts/index.js';
import type { Page } from '../state/index.js';
import { choosableTableColumns, SPARKLINE } from './table-columns.js';

/** Props of {@link ColumnsDialog}. */
export interface ColumnsDialogProps {
  readonly page: Page;
  /** Columns that are shown, in their order. */
  readonly shown: readonly Column[];
  /** @param names names with commas; empty for the usual ones */
  readonly onChoose: (names: string) => void;
  readonly onClose: () => void;
}

/** Column to choose, with all its words. */
interface Choosable {
  readonly column: Column;
  readonly description: string;
  /** Text in which words are searched. */
  readonly searched: string;
}

/** Chooser of columns: all fields with their meaning. Those shown come first, in their order. */
export function ColumnsDialog({ page, shown, onChoose, onClose }: ColumnsDialogProps): JSX.Element {
  const [text, setText] = useState('');
  const [all] = useState(() => choosable(page, shown));
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter(({ searched }) => words.every((word) => searched.includes(word)));
  const names = shown.map(({ id }) => id);
  const toggle = (id: string): void => {
    const without = names.filter((name) => name !== id);
    if (without.length === 0) page.say('The table needs a column.');
    else onChoose((without.length < names.length ? without : [...names, id]).join(','));
  };
  return (
    <Dialog title="Columns" onClose={onClose}>
      <div class="columns-head">
        <input
          type="search"
          autofocus
          aria-label="Search columns"
          placeholder="Search: name, meaning, kernel field"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="button" class="button" onClick={() => onChoose('')}>
          Usual columns
        </button>
      </div>
      <p class="faint" role="status">
        {names.length} shown · {found.length} of {all.length} listed
      </p>
      <ul class="columns-list">
        {found.map(({ column, description }) => {
          const { id, title, fields, sortedBy } = column;
          const place = names.indexOf(id);
          return (
            <li key={id}>
              <label>
                <input type="checkbox" checked={place >= 0} onChange={() => toggle(id)} />
                <FieldLabel page={page} field={sortedBy}>
                  {fields.length > 1 || id === SPARKLINE ? title : id}
                </FieldLabel>
                <span class="faint">{description}</span>
              </label>
              {place > 0 ? (
                <button
                  type="button"
                  class="button small"
                  aria-label={`Move ${title} to the left`}
                  onClick={() => onChoose(movedLeft(names, place).join(','))}
                >
                  ←
                </button>
              ) : null}
            </li>
          );
        })}
      </ul>
      {found.length === 0 ? <p>No field has these words.</p> : null}
    </Dialog>
  );
}

function movedLeft(names: readonly string[], place: number): string[] {
  const moved = [...names];
  const [name] = moved.splice(place, 1);
  if (name !== undefined) moved.splice(place - 1, 0, name);
  return moved;
}

function choosable({ fields, status }: Page, shown: readonly Column[]): readonly Choosable[] {
  const columns = new Columns(new RowFields(fields.all));
  const others = choosableTableColumns(columns, status?.mode).filter(({ id }) => !shown.some((each) => each.id === id));
  return [...shown, ...others].map((column) => {
    const known = column.fields.flatMap((name) => fields.get(name) ?? []);
    const words = known.flatMap((field) => [field.description, fieldWords(field).source, ...field.aliases]);
    const description = column.id === SPARKLINE ? 'Goodput of the last 60 s' : columns.describe(column);
    const searched = [column.id, column.title, description, ...column.fields, ...words].join('\n').toLowerCase();
    return { column, description, searched };
  });
}
