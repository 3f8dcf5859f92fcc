import type { JSX } from 'preact';
import { type Cell, valueText } from '../../view/rows/index.js';
import type { Page } from '../state/index.js';

/** Props of {@link Value}. */
export interface ValueProps {
  readonly page: Pick<Page, 'fields' | 'look'>;
  /** Name of the field, `now.rttUs`: its type and unit say how the value is shown. */
  readonly field: string;
  readonly value: Cell;
}

/** Value of a field as text, with its unit; a dash if it is not known. */
export function Value({ page: { fields, look }, field, value }: ValueProps): JSX.Element {
  const known = fields.get(field);
  const isUnknown = value === null || value === undefined;
  return (
    <span class={isUnknown ? 'value faint' : 'value'}>
      {valueText(value, known?.type ?? 'text', known?.unit ?? undefined, look)}
    </span>
  );
}
