import { describe, expect, it } from 'vitest';
import {
  applyCompletion,
  type CompletionChoice,
  isOf,
  moveChoice,
} from '../../../web/connections/completion-choice.js';

const CHOICE: CompletionChoice = {
  completions: [
    { kind: 'field', text: 'rttUs', description: '', from: 4, to: 6 },
    { kind: 'field', text: 'rto', description: '', from: 4, to: 6 },
  ],
  of: { text: 'a = rt > 1s', at: 6 },
  chosen: -1,
};

describe('completions of the filter', () => {
  it('are chosen by arrows, round and round, with none between the ends', () => {
    const chosen = [CHOICE];
    for (let i = 0; i < 3; i++) chosen.push(moveChoice(chosen.at(-1) ?? CHOICE, 1));
    expect(chosen.map((each) => each.chosen)).toEqual([-1, 0, 1, -1]);
    expect(moveChoice(CHOICE, -1).chosen).toBe(1);
  });

  it('replace what they complete; the first one if none is chosen', () => {
    expect(applyCompletion(CHOICE)).toEqual({ text: 'a = rttUs > 1s', at: 9 });
    expect(applyCompletion({ ...CHOICE, chosen: 1 })).toEqual({ text: 'a = rto > 1s', at: 7 });
    expect(applyCompletion({ ...CHOICE, completions: [] })).toBeUndefined();
  });

  it('belong to one text and one position', () => {
    expect(isOf(CHOICE, { ...CHOICE.of })).toBe(true);
    expect(isOf(CHOICE, { ...CHOICE.of, at: 5 })).toBe(false);
    expect(isOf(undefined, CHOICE.of)).toBe(false);
  });
});
