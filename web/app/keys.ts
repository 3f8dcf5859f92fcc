import type { KeyBinding, Page } from '../state/index.js';

/** Part of a key event that decides whether the page takes it. */
export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly defaultPrevented: boolean;
}

/**
 * Kind of the element that has the focus: it is in a box over the page, text is typed into it, it has an effect of its own
 * for Enter and Space, or none of these.
 */
export type FocusKind = 'dialog' | 'text' | 'control' | 'none';

const OF_CONTROLS: readonly string[] = ['Enter', ' '];

/** Returns the binding of a key that is active, the first one; undefined if the key is not for the page. */
export function findBinding(
  pressed: PressedKey,
  focus: FocusKind,
  bindings: readonly KeyBinding[],
  page: Page,
): KeyBinding | undefined {
  const { key, ctrlKey, metaKey, altKey, isComposing, defaultPrevented } = pressed;
  if (defaultPrevented || isComposing || ctrlKey || metaKey || altKey) return undefined;
  if (focus === 'dialog' || (focus === 'text' && key !== 'Escape')) return undefined;
  if (focus === 'control' && OF_CONTROLS.includes(key)) return undefined;
  return bindings.find((binding) => {
    const keys = typeof binding.key === 'string' ? [binding.key] : binding.key;
    return keys.includes(key) && binding.isActive?.(page) !== false;
  });
}

const TEXT_INPUTS =
  'input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]';
const CONTROLS = 'button, a[href], summary, input, [role=menu], [role=tab]';

/** Returns the kind of the element that has the focus. */
export function focusKind(element: { closest(selectors: string): unknown } | null): FocusKind {
  if (element === null) return 'none';
  if (element.closest('dialog') !== null) return 'dialog';
  if (element.closest(TEXT_INPUTS) !== null) return 'text';
  return element.closest(CONTROLS) === null ? 'none' : 'control';
}
