import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RowJson } from '../../live/wire/index.js';
import { rowFacts } from '../../view/rows/index.js';
import { FieldLabel } from '../parts/index.js';
import { fieldName, type Page } from '../state/index.js';
import { NAMES } from './compare-model.js';
import { factPairs } from './fact-pairs.js';

/** Facts of two connections side by side; at first only those that differ. */
export function CompareFacts({
  page,
  rows,
}: {
  readonly page: Page;
  readonly rows: readonly [RowJson, RowJson];
}): JSX.Element {
  const [isAll, setAll] = useState(false);
  const [a, b] = rows.map((row) => rowFacts(row, page.fields.all, page.look));
  const parts = factPairs(a ?? [], b ?? []);
  return (
    <section class="compare-all" aria-label="Facts">
      <label>
        <input type="checkbox" checked={isAll} onChange={({ currentTarget }) => setAll(currentTarget.checked)} /> also
        facts that are equal
      </label>
      <table class="compare-facts">
        <thead>
          <tr>
            <th scope="col">Fact</th>
            {NAMES.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">B of A</th>
          </tr>
        </thead>
        {parts.map(({ title, pairs }) => {
          const shown = pairs.filter(({ differs }) => isAll || differs);
          return shown.length === 0 ? null : (
            <tbody key={title}>
              <tr>
                <th class="compare-part" scope="rowgroup" colSpan={4}>
                  {title}
                </th>
              </tr>
              {shown.map(({ name, field, texts, differs, ratio }) => (
                <tr key={name} class={differs ? undefined : 'faint'}>
                  <th scope="row">
                    <FieldLabel page={page} field={fieldName(field)}>
                      {name}
                    </FieldLabel>
                  </th>
                  <td>{texts[0] ?? '–'}</td>
                  <td>{texts[1] ?? '–'}</td>
                  <td>{ratio}</td>
                </tr>
              ))}
            </tbody>
          );
        })}
      </table>
    </section>
  );
}
