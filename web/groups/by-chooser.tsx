import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { fieldName, type Page } from '../state/index.js';
import { CHOICES, MAX_FIELDS } from './group-by.js';

/** Options of {@link ByChooser}. */
export interface ByChooserProps {
  readonly page: Page;
  /** Fields in force. */
  readonly by: string;
  /** Sentence about a wrong field; undefined without. */
  readonly error: string | undefined;
}

const OTHER = 'other';

/** Chooses the fields of groups: from a list, or any by their names, addresses with the length of a prefix. */
export function ByChooser({ page, by, error }: ByChooserProps): JSX.Element {
  const listed = CHOICES.some((choice) => choice.by === by);
  const [isOther, setOther] = useState(!listed);
  const [text, setText] = useState(by);
  const [list, note] = [useId(), useId()];
  useEffect(() => {
    setText(by);
    setOther(!CHOICES.some((choice) => choice.by === by));
  }, [by]);
  const apply = (value: string): void => page.go({ group: value.trim() });
  return (
    <form
      class="by-chooser"
      onSubmit={(event) => {
        event.preventDefault();
        apply(text);
      }}
    >
      <label>
        Group by{' '}
        <select
          value={isOther ? OTHER : by}
          onChange={({ currentTarget }) => {
            if (currentTarget.value === OTHER) setOther(true);
            else apply(currentTarget.value);
          }}
        >
          {CHOICES.map((choice) => (
            <option key={choice.by} value={choice.by}>
              {choice.name}
            </option>
          ))}
          <option value={OTHER}>other fields …</option>
        </select>
      </label>
      {isOther ? (
        <>
          <input
            type="text"
            aria-label="Fields of the groups"
            aria-describedby={note}
            aria-invalid={error !== undefined}
            list={list}
            value={text}
            spellcheck={false}
            autocapitalize="off"
            onInput={({ currentTarget }) => setText(currentTarget.value)}
            onBlur={() => {
              if (text.trim() !== by) apply(text);
            }}
          />
          <datalist id={list}>
            {page.fields.all
              .filter(({ type }) => type !== 'object')
              .map((field) => (
                <option key={fieldName(field)} value={fieldName(field)}>
                  {field.description}
                </option>
              ))}
          </datalist>
          <button type="submit" class="button">
            Group
          </button>
        </>
      ) : null}
      <span
        id={note}
        class={error === undefined ? 'faint by-note' : 'by-note is-error'}
        role={error === undefined ? undefined : 'alert'}
      >
        {error ?? (isOther ? `One or ${MAX_FIELDS} fields with a comma; remoteAddress/24 groups by network.` : '')}
      </span>
    </form>
  );
}
