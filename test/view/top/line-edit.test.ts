import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Key, KeyName } from '../../../view/top/keys.js';
import { LineEdit } from '../../../view/top/line-edit.js';

function edited(text: string, ...keys: readonly (KeyName | Key)[]): string {
  const edit = new LineEdit(text);
  for (const key of keys) edit.press(typeof key === 'string' ? { name: key, text: '' } : key);
  return `${edit.text.slice(0, edit.at)}|${edit.text.slice(edit.at)}`;
}

const letter = (text: string): Key => ({ name: 'text', text });

describe('a line of text', () => {
  it.each([
    ['ab', [letter('c')], 'abc|'],
    ['ab', ['left', letter('c')], 'ac|b'],
    ['a🙂', ['backspace'], 'a|'],
    ['🙂b', ['home', 'delete'], '|b'],
    ['ab', ['ctrl-a', 'right'], 'a|b'],
    ['ab', ['home', 'end'], 'ab|'],
    ['a bc d', ['left', 'left', 'ctrl-w'], 'a | d'],
    ['a bc  ', ['ctrl-w'], 'a |'],
    ['abc', ['left', 'ctrl-u'], '|c'],
    ['abc', ['home', 'right', 'ctrl-k'], 'a|'],
    ['', ['backspace', 'delete', 'left', 'right', 'ctrl-w'], '|'],
  ] as const)('%j after %j', (text, keys, result) => {
    expect(edited(text, ...keys)).toBe(result);
  });

  it('never has its cursor outside or within a letter', () => {
    const key = fc.oneof(
      fc.constantFrom<KeyName>('left', 'right', 'backspace', 'delete', 'home', 'end', 'ctrl-w', 'ctrl-u', 'ctrl-k'),
      fc.constantFrom(letter('a'), letter(' '), letter('🙂')),
    );
    fc.assert(
      fc.property(fc.array(key), (keys) => {
        const edit = new LineEdit();
        for (const each of keys) {
          edit.press(typeof each === 'string' ? { name: each, text: '' } : each);
          expect(edit.at).toBeGreaterThanOrEqual(0);
          expect(edit.at).toBeLessThanOrEqual(edit.text.length);
          expect(edit.text.slice(0, edit.at)).not.toMatch(/\p{Cs}/u);
        }
      }),
    );
  });
});
