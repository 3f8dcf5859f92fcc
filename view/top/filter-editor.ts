import { ROW_VOCABULARY } from '../../live/store/index.js';
import type { CompletionJson } from '../../live/wire/index.js';
import { expressionError, type FilterError } from '../rows/expressions/index.js';
import type { Key } from './keys.js';
import { LineEdit } from './line-edit.js';

/** Result of a key in the filter line. `changed`: completions of the new text are needed. */
export type FilterResult = 'changed' | 'apply' | 'clear' | 'kept';

/** Returns the error of an expression on rows; undefined if it is right. */
export function filterError(text: string): FilterError | undefined {
  return expressionError(text, ROW_VOCABULARY);
}

/** Text of the filter line, with the position of the cursor. */
interface Place {
  readonly text: string;
  readonly at: number;
}

/** Filter line while it is edited: text, completions and the error of the last attempt to apply it. */
export class FilterEditor {
  readonly edit: LineEdit;
  completions: readonly CompletionJson[] = [];
  /** Index of the chosen completion; -1 before one is chosen. */
  chosen = -1;
  error: FilterError | undefined;
  /** Text and position that the completions are for. */
  #completed: Place | undefined;
  /** True if Tab was pressed before the completions of the text were there. */
  #isTabPending = false;

  constructor(text: string) {
    this.edit = new LineEdit(text);
  }

  /**
   * Takes over the completions of a text, unless text or cursor have changed since. Applies the first one if Tab asked
   * for it in the meantime.
   */
  complete(text: string, at: number, completions: readonly CompletionJson[]): FilterResult {
    if (text !== this.edit.text || at !== this.edit.at) return 'kept';
    this.completions = completions;
    this.#completed = { text, at };
    this.chosen = -1;
    return this.#isTabPending ? this.#acceptFirst() : 'kept';
  }

  press(key: Key): FilterResult {
    this.#isTabPending = false;
    switch (key.name) {
      case 'escape':
        return 'clear';
      case 'enter':
        if (this.chosen >= 0) return this.#accept();
        this.error = filterError(this.edit.text);
        return this.error === undefined ? 'apply' : 'kept';
      case 'tab':
        this.#isTabPending = !this.#isCurrent;
        return this.#isTabPending ? 'kept' : this.#acceptFirst();
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
    if (this.completions.length === 0 || !this.#isCurrent) return;
    this.chosen = Math.max(-1, Math.min(this.completions.length - 1, this.chosen + by));
  }

  /** True if the completions are those of the text at the cursor. */
  get #isCurrent(): boolean {
    return this.#completed?.text === this.edit.text && this.#completed.at === this.edit.at;
  }

  /** Applies the chosen completion, or the first one. */
  #acceptFirst(): FilterResult {
    this.#isTabPending = false;
    this.chosen = Math.max(0, this.chosen);
    return this.#accept();
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
