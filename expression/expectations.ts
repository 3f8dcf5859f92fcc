import type { Term, Value, Word } from './tree.js';

/** Something that the grammar accepts at a position, with the context that completion needs. */
export type Expectation =
  /** A condition begins. */
  | { readonly kind: 'condition' }
  /** A value of a comparison or a sum. `subject` is the other side, null without one. */
  | { readonly kind: 'value'; readonly subject: Value | null; readonly takesNull: boolean }
  /** An operator after a value. */
  | { readonly kind: 'operator'; readonly subject: Value }
  /** `+ - * /` after a sum that no comparison can follow. */
  | { readonly kind: 'arithmetic'; readonly subject: Value }
  /** A pattern for a field. */
  | { readonly kind: 'pattern'; readonly field: Word }
  /** An element of the list of a pair. */
  | { readonly kind: 'item'; readonly field: Word }
  /** An element of an `in` list. */
  | { readonly kind: 'literal'; readonly field: Word }
  /** An element of the list of a term. */
  | { readonly kind: 'endpoint'; readonly term: Term }
  | { readonly kind: 'flag' }
  /** `and`, `or`, or a further condition. */
  | { readonly kind: 'connective' }
  | { readonly kind: 'list' }
  | { readonly kind: 'comma' }
  | { readonly kind: 'close' };

const PHRASES: Readonly<Record<Expectation['kind'], readonly string[]>> = {
  condition: ['a condition'],
  value: ['a field', 'a value'],
  operator: ['=', '!=', '<', '<=', '>', '>=', '~', '!~', 'in', 'not in', '+', '-', '*', '/'],
  arithmetic: ['+', '-', '*', '/'],
  pattern: ['a pattern'],
  item: ['a value'],
  literal: ['a value'],
  endpoint: ['addresses or ports'],
  flag: ['a flag'],
  connective: ['and', 'or'],
  list: ['('],
  comma: [','],
  close: [')'],
};

/** Expectations of one parse, in the order of their positions. */
export class Expectations {
  readonly #noted: { readonly at: number; readonly expectation: Expectation }[] = [];

  note(at: number, expectation: Expectation): void {
    this.#noted.push({ at, expectation });
  }

  /** Returns the expectations at a position, in words. */
  phrasesAt(at: number): string[] {
    return [
      ...new Set(this.#noted.filter((note) => note.at === at).flatMap(({ expectation }) => PHRASES[expectation.kind])),
    ];
  }

  /** Returns the expectations at a position and after it. */
  since(at: number): readonly { readonly at: number; readonly expectation: Expectation }[] {
    return this.#noted.filter((note) => note.at >= at);
  }
}
