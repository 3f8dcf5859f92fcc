import type { FieldJson } from '../../live/wire/index.js';
import { fieldWords } from '../parts/index.js';
import { fieldName } from '../state/index.js';

/** Titles of the parts of a row, in the order shown. */
export const PART_TITLES: readonly (readonly [part: string, title: string])[] = [
  ['now', 'Last second'],
  ['connection', 'Since its first record'],
  ['', 'Connection'],
  ['process', 'Process'],
  ['cgroup', 'Cgroup'],
  ['nat', 'Translation (NAT)'],
  ['watch', 'Watch'],
  ['pair', 'Other end'],
  ['mptcp', 'MPTCP'],
];

/** Returns the fields with all words of a text in their names, meaning, unit or kernel source. */
export function findFields(fields: readonly FieldJson[], text: string): readonly FieldJson[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return fields.filter((field) => {
    const { unit, source } = fieldWords(field);
    const all = [fieldName(field), field.description, unit, source, ...field.aliases].join('\n').toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
