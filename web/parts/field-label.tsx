import type { ComponentChildren, JSX } from 'preact';
import type { FieldJson } from '../../live/wire/index.js';
import { fieldName, type Page } from '../state/index.js';
import { fieldWords } from './field-words.js';
import { type TooltipHandlers, tooltip } from './tooltip.js';

/** Meaning of a field, as the tooltip shows it. */
function FieldTip({ field }: { readonly field: FieldJson }): JSX.Element {
  const { unit, source, shortNames } = fieldWords(field);
  return (
    <>
      <strong class="tip-name">{fieldName(field)}</strong>
      <span class="tip-text">{field.description}.</span>
      {unit === '' ? null : <span class="tip-fact">Unit: {unit}</span>}
      {source === '' ? null : <span class="tip-fact">Kernel: {source}</span>}
      {shortNames.length === 0 ? null : <span class="tip-fact">In filters: {shortNames.join(', ')}</span>}
    </>
  );
}

/** Returns handlers for an element, such as the button of a column, whose tooltip is the meaning of a field. */
export function fieldTooltip({ fields }: Pick<Page, 'fields'>, name: string): TooltipHandlers {
  const field = fields.get(name);
  return field === undefined ? {} : tooltip(() => <FieldTip field={field} />);
}

/** Props of {@link FieldLabel}. */
export interface FieldLabelProps {
  readonly page: Pick<Page, 'fields'>;
  /** Name of the field, `now.rttUs`. */
  readonly field: string;
  /** Text of the label; default: the field's name. */
  readonly children?: ComponentChildren;
}

/** Label of a value: its tooltip says meaning, unit and source. It can have the focus, so that keys reach it. */
export function FieldLabel({ page, field, children }: FieldLabelProps): JSX.Element {
  const known = page.fields.get(field);
  return (
    <span class="field-label" tabIndex={known === undefined ? undefined : 0} {...fieldTooltip(page, field)}>
      {children ?? known?.name ?? field}
    </span>
  );
}
