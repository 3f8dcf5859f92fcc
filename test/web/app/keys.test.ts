import { describe, expect, it } from 'vitest';
import { findBinding, type PressedKey } from '../../../web/app/keys.js';
import { FIRST_PLACE, type KeyBinding, type Page } from '../../../web/state/index.js';

const page = { place: FIRST_PLACE } as Page;
const run = (): void => undefined;
const bindings: readonly KeyBinding[] = [
  { key: 'Escape', title: 'close', isActive: ({ place }) => place.key !== '', run },
  { key: ['j', 'ArrowDown'], title: 'next row', run },
  { key: 'Escape', title: 'unselect', run },
  { key: 'Enter', title: 'open', run },
  { key: '?', title: 'help', run },
];
const pressed = (key: string, more: Partial<PressedKey> = {}): PressedKey => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  defaultPrevented: false,
  ...more,
});
const found = (event: PressedKey, focus: 'text' | 'control' | 'none' = 'none', at = page): string | undefined =>
  findBinding(event, focus, bindings, at)?.title;

describe('findBinding', () => {
  it('finds a binding by each of its keys', () => {
    expect(found(pressed('j'))).toBe('next row');
    expect(found(pressed('ArrowDown'))).toBe('next row');
    expect(found(pressed('z'))).toBeUndefined();
  });

  it('takes the first one that is active', () => {
    expect(found(pressed('Escape'))).toBe('unselect');
    expect(found(pressed('Escape'), 'none', { ...page, place: { ...FIRST_PLACE, key: 'a' } })).toBe('close');
  });

  it('leaves letters to an input, but not Escape', () => {
    expect(found(pressed('j'), 'text')).toBeUndefined();
    expect(found(pressed('?'), 'text')).toBeUndefined();
    expect(found(pressed('Escape'), 'text')).toBe('unselect');
  });

  it('leaves Enter to a button', () => {
    expect(found(pressed('Enter'), 'control')).toBeUndefined();
    expect(found(pressed('Enter'))).toBe('open');
    expect(found(pressed('j'), 'control')).toBe('next row');
  });

  it.each(['ctrlKey', 'metaKey', 'altKey', 'isComposing', 'defaultPrevented'])('leaves a key with %s alone', (name) => {
    expect(found(pressed('j', { [name]: true }))).toBeUndefined();
  });
});
