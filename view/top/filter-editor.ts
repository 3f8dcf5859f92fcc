import { compileExpression, ExpressionError } from '../../expression/index.js';
import { ROW_VOCABULARY } from '../../live/store/index.js';
import type { CompletionJson } from '../../live/wire/index.js';
import type { Key } from './keys.js';
import { LineEdit } from './line-edit.js';

/** Error in an expression. */
export interface FilterError {
  /** Position in the text; undefined if the source did not say. */
  readonly at: number | undefined;
  readonly message: string;
}

/** Result of a key in the filter line. `changed`: completions of the new text are needed. */
export type FilterResult = 'changed' | 'apply' | 'clear' | 'kept';

/** Returns the error of an expression on rows; undefined if it is right. */
export function filterError(text: string): FilterError | undefined {
  try {
    if (text.trim() !== '') compileExpression(text, ROW_VOCABULARY);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { at: error.at, message: error.message };
  }
}

/** Filter line while it is edited: text, completions and the error of the last attempt to apply it. */
export class FilterEditor {
  readonly edit: LineEdit;
  completions: readonly CompletionJson[] = [];
  /** Index of the chosen completion; -1 before one is chosen. */
  chosen = -1;
  error: FilterError | undefined;

  constructor(text: string) {
    this.edit = new LineEdit(text);
  }

  /** Takes over the completions of a text, unless the text has changed since. */
  complete(text: string, at: number, completions: readonly CompletionJson[]): void {
    if (text !== this.edit.text || at !== this.edit.at) return;
    this.completions = completions;
    this.chosen = -1;
  }

  press(key: Key): FilterResult {
    switch (key.name) {
      case 'escape':
        return 'clear';
      case 'enter':
        if (this.chosen >= 0) return this.#accept();
        this.error = filterError(this.edit.text);
        return this.error === undefined ? 'apply' : 'kept';
      case 'tab':
        this.chosen = Math.max(0, this.chosen);
        return this.#accept();
      case 'down':
        this.#choose(1);
        return 'kept';
      case 'up':
      case 'backtab':
        this.#choose(-1);
        return 'kept';
      default:
        return this.#edit(key);
    }
  }

  #edit(key: Key): FilterResult {
    if (!this.edit.press(key)) return 'kept';
    this.error = undefined;
    this.chosen = -1;
    return 'changed';
  }

  /** Chooses another completion, or no completion before the first one. */
  #choose(by: number): void {
    if (this.completions.length === 0) return;
    this.chosen = Math.max(-1, Math.min(this.completions.length - 1, this.chosen + by));
  }

  #accept(): FilterResult {
    const completion = this.completions[this.chosen];
    this.chosen = -1;
    if (completion === undefined) return 'kept';
    this.edit.replace(completion.from, completion.to, completion.text);
    this.error = undefined;
    return 'changed';
  }
}
