import { describe, expect, it } from 'vitest';
import { FilterEditor } from '../../../view/top/filter-editor.js';

const KEY = { kind: 'field', text: 'key', description: '', from: 0, to: 0 } as const;
const DPORT = { kind: 'field', text: 'dport', description: '', from: 0, to: 3 } as const;
const TAB = { name: 'tab', text: '' } as const;

function editor(text: string): FilterEditor {
  const edited = new FilterEditor('');
  edited.complete('', 0, [KEY]);
  for (const letter of text) edited.press({ name: 'text', text: letter });
  return edited;
}

describe('Tab in the filter line', () => {
  it('applies no completion of an older text, but that of the text as soon as it is there', () => {
    const edited = editor('dpo');
    expect(edited.press(TAB)).toBe('kept');
    expect(edited.edit.text).toBe('dpo');
    expect(edited.complete('dp', 2, [KEY])).toBe('kept');
    expect(edited.complete('dpo', 3, [DPORT])).toBe('changed');
    expect(edited.edit.text).toBe('dport');
    // The next Tab waits again: the answer is for the text before it.
    expect(edited.press(TAB)).toBe('kept');
    expect(edited.edit.text).toBe('dport');
  });

  it('applies no completion of another position', () => {
    const edited = editor('dpo');
    edited.complete('dpo', 3, [DPORT]);
    edited.press({ name: 'left', text: '' });
    edited.press({ name: 'down', text: '' });
    expect(edited.chosen).toBe(-1);
    expect(edited.press(TAB)).toBe('kept');
    expect(edited.complete('dpo', 3, [DPORT])).toBe('kept');
    expect(edited.edit.text).toBe('dpo');
  });

  it('is forgotten with the next key', () => {
    const edited = editor('dp');
    edited.press(TAB);
    edited.press({ name: 'text', text: 'o' });
    expect(edited.complete('dpo', 3, [DPORT])).toBe('kept');
    expect(edited.edit.text).toBe('dpo');
  });
});
