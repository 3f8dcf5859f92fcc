import type { CompletionJson } from '../../live/wire/index.js';

/** Text of the filter, with the position of the cursor. */
export interface EditedText {
  readonly text: string;
  readonly at: number;
}

/** Completions of a text, and the chosen one. Each change makes another object. */
export interface CompletionChoice {
  readonly completions: readonly CompletionJson[];
  /** Text and position that they are for. */
  readonly of: EditedText;
  /** Index of the chosen completion; -1 before one is chosen. */
  readonly chosen: number;
}

/** Returns the choice after an arrow key; before the first completion and behind the last one, none is chosen. */
export function moveChoice(choice: CompletionChoice, by: 1 | -1): CompletionChoice {
  const places = choice.completions.length + 1;
  return { ...choice, chosen: ((choice.chosen + 1 + by + places) % places) - 1 };
}

/** Returns the text with a completion in it, and the position behind it; undefined if there is no such completion. */
export function applyCompletion({ completions, of, chosen }: CompletionChoice): EditedText | undefined {
  const completion = completions[Math.max(0, chosen)];
  if (completion === undefined) return undefined;
  const { from, to, text } = completion;
  return { text: of.text.slice(0, from) + text + of.text.slice(to), at: from + text.length };
}

/** Returns whether completions are those of a text at a position. */
export function isOf(choice: CompletionChoice | undefined, { text, at }: EditedText): choice is CompletionChoice {
  return choice !== undefined && choice.of.text === text && choice.of.at === at;
}
