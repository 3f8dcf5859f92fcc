import type { KeyBinding } from '../state/index.js';

const NAMES: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  Escape: 'Esc',
  ' ': 'Space',
};

/** Returns the names of a binding's keys, as the help shows them. */
export function keyNames({ key }: Pick<KeyBinding, 'key'>): readonly string[] {
  return (typeof key === 'string' ? [key] : key).map((each) => NAMES[each] ?? each);
}
