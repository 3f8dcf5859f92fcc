/** Mistake in a file of rules, with its place. */
export interface RulesProblem {
  /** Path of the file, as the caller named it. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column in the line, from 1, in UTF-16 code units. */
  readonly column: number;
  /** Sentence that says what is wrong and what is expected; no full stop. */
  readonly reason: string;
}

/** Most problems in one message. */
const SHOWN = 50;

/** Thrown when a file of rules cannot be used. The message has a line `FILE:LINE:COLUMN: REASON` for each problem. */
export class AlertRulesError extends Error {
  override readonly name = 'AlertRulesError';
  readonly code = 'ERR_ALERT_RULES';

  /** @param problems all problems of the file in their order, at least one */
  constructor(readonly problems: readonly RulesProblem[]) {
    const lines = problems
      .slice(0, SHOWN)
      .map(({ file, line, column, reason }) => `${file}:${line}:${column}: ${reason}`);
    if (problems.length > SHOWN) lines.push(`and ${problems.length - SHOWN} more`);
    super(lines.join('\n'));
  }
}

/** Mistakes of one text, as they are found. */
export class Problems {
  readonly #file: string;
  readonly #text: string;
  readonly #found: { readonly at: number; readonly reason: string }[] = [];

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  /** @param at position in the text, from 0 */
  add(at: number, reason: string): void {
    this.#found.push({ at, reason });
  }

  /** @throws AlertRulesError if there is a problem */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    throw new AlertRulesError(this.#found.toSorted((a, b) => a.at - b.at).map((each) => this.#placed(each)));
  }

  #placed({ at, reason }: { readonly at: number; readonly reason: string }): RulesProblem {
    const before = this.#text.slice(0, at);
    const line = before.split('\n').length;
    return { file: this.#file, line, column: at - before.lastIndexOf('\n'), reason };
  }
}
