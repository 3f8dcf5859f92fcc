import { ExpressionError, quote } from './error.js';
import { Expectations } from './expectations.js';
import { MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_LENGTH, MAX_EXPRESSION_NODES } from './limits.js';
import { Scanner, type Token } from './tokens.js';
import { type Aggregate, type AggregateFunction, type ArithmeticOperator, aggregateOf, KEYWORDS } from './tree.js';

/** Blanks and words of `not in`, at the beginning of a text. */
const NOT_IN = /^not\s+in(?![\p{L}\p{N}_])/iu;
const NOT_IN_LENGTH = 64;
/** A minus right before one of these, and after a blank, is a negation. */
const NEGATED = /[\p{L}_"']/u;

/** Place of the parser in a text: looks at tokens, notes expectations, and keeps the bounds. */
export class Cursor {
  readonly scanner: Scanner;
  readonly expectations = new Expectations();
  /** Parses an aggregate after its name; undefined in expressions on rows. */
  parseAggregate: ((name: AggregateFunction, at: number) => Aggregate) | undefined;
  #nodes = 0;
  #depth = 0;

  /** @throws ExpressionError for a text that is too long */
  constructor(text: string) {
    if (text.length > MAX_EXPRESSION_LENGTH) {
      throw new ExpressionError(MAX_EXPRESSION_LENGTH, `more than ${MAX_EXPRESSION_LENGTH} characters`);
    }
    this.scanner = new Scanner(text);
  }

  peek(): Token {
    return this.scanner.peek();
  }

  take(): Token {
    return this.scanner.take();
  }

  /** Returns whether the next token is one of these symbols. */
  isSymbol(...symbols: readonly string[]): boolean {
    const next = this.peek();
    return next.kind === 'symbol' && symbols.includes(next.text);
  }

  /** Returns whether the next token is this word, in any case. */
  isWord(word: string): boolean {
    const next = this.peek();
    return next.kind === 'word' && next.text.toLowerCase() === word;
  }

  isKeyword(): boolean {
    return KEYWORDS.some((word) => this.isWord(word));
  }

  /** Returns the aggregate that a word begins which was just taken; undefined if it begins none. */
  aggregate(word: string, at: number): Aggregate | undefined {
    const name = this.parseAggregate === undefined ? undefined : aggregateOf(word);
    if (name === undefined || !this.isSymbol('(') || this.peek().isSpaced) return undefined;
    return this.parseAggregate?.(name, at);
  }

  /** Returns whether `not in` follows. */
  isNotIn(): boolean {
    const { at } = this.peek();
    return this.isWord('not') && NOT_IN.test(this.scanner.text.slice(at, at + NOT_IN_LENGTH));
  }

  /** Returns the next of these operators. A minus after a blank and right before a word is a negation instead. */
  arithmetic(...operators: readonly ArithmeticOperator[]): ArithmeticOperator | undefined {
    const { end, isSpaced } = this.peek();
    const operator = operators.find((each) => this.isSymbol(each));
    const isNegation = operator === '-' && isSpaced && NEGATED.test(this.scanner.text[end] ?? '');
    return isNegation ? undefined : operator;
  }

  close(): void {
    this.expectations.note(this.peek().at, { kind: 'close' });
    if (!this.isSymbol(')')) this.fail("')'");
    this.take();
  }

  /** Parses one level deeper. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_EXPRESSION_DEPTH) {
      throw new ExpressionError(this.scanner.end, `more than ${MAX_EXPRESSION_DEPTH} levels deep`);
    }
    const parsed = parse();
    this.#depth--;
    return parsed;
  }

  /** Counts a node. */
  node<T extends { readonly at: number }>(node: T): T {
    if (++this.#nodes > MAX_EXPRESSION_NODES) {
      throw new ExpressionError(node.at, `more than ${MAX_EXPRESSION_NODES} parts`);
    }
    return node;
  }

  /** Returns the token if it is complete: a string without its closing quote is an error. */
  closed<T extends Token | undefined>(token: T): T {
    if (token === undefined || !token.isOpen) return token;
    throw new ExpressionError(token.at, 'this string has no closing quote', [this.scanner.text[token.at] ?? '"']);
  }

  /** @throws ExpressionError about the next token */
  fail(what: string): never {
    const { at, end, kind } = this.peek();
    const found = kind === 'end' ? 'the end' : quote(this.scanner.text.slice(at, end));
    const expected = [at, this.scanner.end].map((place) => this.expectations.phrasesAt(place));
    throw new ExpressionError(
      at,
      `expected ${what}, found ${found}`,
      expected.find((list) => list.length > 0),
    );
  }
}
