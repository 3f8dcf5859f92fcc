import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { FieldJson } from '../../live/wire/index.js';
import { formatThings } from '../../view/chart/index.js';
import { Dialog, EmptyState, fieldWords } from '../parts/index.js';
import { fieldName, type Page } from '../state/index.js';
import { findFields, PART_TITLES } from './find-fields.js';

/** Props of {@link FieldPanel}. */
export interface FieldPanelProps {
  readonly page: Page;
  readonly onClose: () => void;
}

/** All fields with their meaning, unit, kernel source and short names. */
export function FieldPanel({ page, onClose }: FieldPanelProps): JSX.Element {
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => input.current?.focus(), []);
  // Alerts are not in this version.
  const found = findFields(page.fields.all, text).filter(({ name, part }) => part !== '' || name !== 'alerts');
  return (
    <Dialog title="Fields of a connection" onClose={onClose}>
      <p class="search">
        <label for={id}>Find</label>
        <input
          ref={input}
          id={id}
          type="search"
          placeholder="window, tcpi_rtt, microseconds …"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <span role="status">{formatThings(found.length, 'field', 'fields')}</span>
      </p>
      {found.length === 0 ? (
        <EmptyState title={`No field has “${text}”.`}>
          Try one word of its meaning, or its name in the kernel.
        </EmptyState>
      ) : null}
      {PART_TITLES.map(([part, title]) => {
        const own = found.filter((field) => field.part === part);
        if (own.length === 0) return null;
        return (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keys
          <section key={part} class="fields scroll" tabIndex={0} aria-label={title}>
            <h3>{title}</h3>
            <table>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Meaning</th>
                  <th scope="col">Unit</th>
                  <th scope="col">Kernel</th>
                  <th scope="col">In filters too</th>
                </tr>
              </thead>
              <tbody>
                {own.map((field) => {
                  const { unit, source, shortNames } = fieldWords(field);
                  return (
                    <tr key={field.name}>
                      <th scope="row">
                        <code>{fieldName(field)}</code>
                      </th>
                      <td>
                        {field.description}
                        <Values field={field} />
                      </td>
                      <td>{unit}</td>
                      <td>{source}</td>
                      <td>
                        <code>{shortNames.join(' ')}</code>
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </section>
        );
      })}
    </Dialog>
  );
}

/** Values of a field, unless its description has them. */
function Values({ field: { values, description } }: { readonly field: FieldJson }): JSX.Element | null {
  if (values === null || values.every((value) => description.includes(String(value)))) return null;
  return <span class="faint"> ({values.join(', ')})</span>;
}
