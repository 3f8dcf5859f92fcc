import { Cursor } from './cursor.js';
import { ExpressionError, quote } from './error.js';
import type { Expectations } from './expectations.js';
import { MAX_WORD_LENGTH } from './limits.js';
import { continueSum, parseSum } from './parse-value.js';
import { numberToken } from './tokens.js';
import {
  type Aggregate,
  type AggregateFunction,
  COMPARISON_OPERATORS,
  type Expression,
  type Item,
  type Literal,
  startOf,
  type Term,
  termOf,
  type Value,
  type Word,
} from './tree.js';

/** Options of {@link parseExpression}. */
export interface ParseOptions {
  /** True for an expression on a group of rows (default: on one row). */
  readonly hasAggregates?: boolean;
}

/**
 * Parses an expression. The tree holds names as they are written; `checkExpression` looks them up.
 * @throws ExpressionError
 */
export function parseExpression(text: string, options: ParseOptions = {}): Expression {
  return new Parser(text, options).parse();
}

/** Value that no operator has followed yet: a side of a comparison, or a text to search for. */
interface Bare {
  readonly kind: 'bare';
  readonly value: Value;
  readonly end: number;
}

type Part = Expression | Bare;

/** Word before the condition of an aggregate. */
const WHERE = 'where';

/** Values without an operator that are searched as they are written: `web-1`, `10.0.0.0/8`. */
const SEARCHED = /^[\p{L}\p{N}_.@:/-]+$/u;

/** Descent parser: one method for each rule of the grammar in `index.ts`. It never goes back. */
export class Parser {
  readonly #cursor: Cursor;

  constructor(text: string, { hasAggregates = false }: ParseOptions = {}) {
    this.#cursor = new Cursor(text);
    if (hasAggregates) this.#cursor.parseAggregate = (name, at) => this.#aggregate(name, at);
  }

  /** Expectations that the parser has noted so far, also after an error. */
  get expectations(): Expectations {
    return this.#cursor.expectations;
  }

  /** Start of the token at the end of the text; the end itself after a blank. */
  get unfinishedAt(): number {
    return this.#cursor.scanner.unfinishedAt;
  }

  parse(): Expression {
    const first = this.#cursor.peek();
    if (first.kind === 'end') {
      this.expectations.note(first.at, { kind: 'condition' });
      return { kind: 'and', parts: [], at: 0 };
    }
    const whole = this.#settle(this.#or());
    if (this.#cursor.peek().kind !== 'end') this.#cursor.fail('the end');
    return whole;
  }

  #or(): Part {
    return this.#chain('or', '||', () => this.#and());
  }

  #and(): Part {
    return this.#chain('and', '&&', () => this.#not());
  }

  /** Parses parts with a connective between them; `and` may be left out. */
  #chain(kind: 'and' | 'or', symbol: string, part: () => Part): Part {
    const { at } = this.#cursor.peek();
    const first = part();
    const parts: Expression[] = [];
    for (;;) {
      this.expectations.note(this.#cursor.peek().at, { kind: 'connective' });
      if (this.#cursor.isSymbol(symbol) || this.#cursor.isWord(kind)) this.#cursor.take();
      else if (kind === 'or' || this.#endsAnd()) break;
      if (parts.length === 0) parts.push(this.#settle(first));
      parts.push(this.#settle(part()));
    }
    return parts.length === 0 ? first : this.#cursor.node({ kind, parts, at });
  }

  #endsAnd(): boolean {
    return this.#cursor.peek().kind === 'end' || this.#cursor.isSymbol(')', '||') || this.#cursor.isWord('or');
  }

  #not(): Part {
    const cursor = this.#cursor;
    const { at } = cursor.peek();
    if (!cursor.isSymbol('!', '-') && !cursor.isWord('not')) return this.#condition();
    cursor.take();
    return cursor.nested(() => cursor.node<Expression>({ kind: 'not', part: this.#settle(this.#not()), at }));
  }

  #condition(): Part {
    const cursor = this.#cursor;
    const { kind, text, at } = cursor.peek();
    this.expectations.note(at, { kind: 'condition' });
    if (cursor.isSymbol('(')) return this.#group();
    if (kind === 'number' || kind === 'string' || cursor.isWord('null')) return this.#comparison(parseSum(cursor));
    if (kind !== 'word' || cursor.isKeyword()) cursor.fail('a condition');
    cursor.take();
    const aggregate = cursor.aggregate(text, at);
    if (aggregate !== undefined) return this.#comparison(continueSum(cursor, aggregate));
    const word = cursor.node<Word>({ kind: 'word', text, at });
    if (cursor.isSymbol(':') && !cursor.peek().isSpaced) return this.#pair(word);
    const term = termOf(text);
    if (term !== undefined && !this.#isOperator()) {
      this.expectations.note(cursor.peek().at, { kind: 'operator', subject: word });
      return this.#term(term, at);
    }
    return this.#comparison(continueSum(cursor, word));
  }

  /** Parses an aggregate from its parenthesis on. */
  #aggregate(name: AggregateFunction, at: number): Aggregate {
    const cursor = this.#cursor;
    const parseAggregate = cursor.parseAggregate;
    cursor.take();
    // A value of a group has no values of groups in it.
    cursor.parseAggregate = undefined;
    const aggregate = cursor.nested(() => {
      const isBare = cursor.isWord(WHERE) || (name === 'count' && cursor.isSymbol(')'));
      if (isBare && name !== 'count') cursor.fail(`a value of each row for ${name}`);
      const argument = isBare ? null : parseSum(cursor);
      const condition = cursor.isWord(WHERE) ? this.#where() : null;
      cursor.close();
      return cursor.node<Aggregate>({ kind: 'aggregate', function: name, argument, condition, at });
    });
    cursor.parseAggregate = parseAggregate;
    return aggregate;
  }

  #where(): Expression {
    this.#cursor.take();
    return this.#settle(this.#or());
  }

  /** Parses parentheses, around a condition or around a value. */
  #group(): Part {
    const cursor = this.#cursor;
    cursor.take();
    const inner = cursor.nested(() => this.#or());
    cursor.close();
    if (inner.kind !== 'bare' || !this.#isOperator()) return inner;
    return this.#comparison(continueSum(cursor, inner.value));
  }

  /** Parses the rest of a comparison after its left side. */
  #comparison(left: Value): Part {
    const cursor = this.#cursor;
    const { end } = cursor.scanner;
    const { at } = cursor.peek();
    this.expectations.note(at, { kind: 'operator', subject: left });
    const operator = COMPARISON_OPERATORS.find((each) => cursor.isSymbol(each));
    if (operator !== undefined) {
      cursor.take();
      const right = parseSum(cursor, { subject: left, takesNull: operator === '=' || operator === '!=' });
      return cursor.node<Expression>({ kind: 'comparison', operator, left, right, at });
    }
    if (cursor.isSymbol('~', '!~')) return this.#match(this.#fieldOf(left));
    if (cursor.isWord('in') || cursor.isNotIn()) return this.#in(this.#fieldOf(left));
    return { kind: 'bare', value: left, end };
  }

  #match(field: Word): Expression {
    const { scanner } = this.#cursor;
    const isNegated = scanner.take().text === '!~';
    scanner.skipBlanks();
    this.expectations.note(scanner.end, { kind: 'pattern', field });
    const pattern = this.#cursor.closed(scanner.takePattern()) ?? this.#cursor.fail('a pattern');
    return this.#cursor.node({ kind: 'match', field, isNegated, pattern: pattern.text, at: pattern.at });
  }

  #in(field: Word): Expression {
    const cursor = this.#cursor;
    const { at } = cursor.peek();
    const isNegated = cursor.isNotIn();
    cursor.take();
    if (isNegated) cursor.take();
    this.expectations.note(cursor.peek().at, { kind: 'list' });
    if (!cursor.isSymbol('(')) cursor.fail('a list in parentheses');
    const items: Literal[] = [];
    do {
      cursor.take();
      cursor.scanner.skipBlanks();
      this.expectations.note(cursor.scanner.end, { kind: 'literal', field });
      items.push(this.#literal());
      this.expectations.note(cursor.peek().at, { kind: 'comma' });
    } while (cursor.isSymbol(','));
    cursor.close();
    return cursor.node({ kind: 'in', field, isNegated, items, at });
  }

  /** Parses an element of an `in` list: a number, a string, or a raw word such as `web-1`. */
  #literal(): Literal {
    const cursor = this.#cursor;
    if (cursor.isWord('null')) cursor.fail('a value');
    const { kind, text, at } = cursor.closed(cursor.scanner.takeItem()) ?? cursor.fail('a value');
    const number = kind === 'word' ? numberToken(text, at) : undefined;
    if (number !== undefined) return cursor.node({ kind: 'number', digits: number.text, unit: number.unit, at });
    return cursor.node({ kind: kind === 'string' ? kind : 'word', text, at });
  }

  #pair(field: Word): Expression {
    const { scanner } = this.#cursor;
    scanner.take();
    if (field.text.toLowerCase() === 'is') {
      this.expectations.note(scanner.end, { kind: 'flag' });
      const flag = this.#cursor.closed(scanner.takeItem()) ?? this.#cursor.fail("a flag right after ':'");
      return this.#cursor.node({ kind: 'flag', flag: flag.text, at: flag.at });
    }
    const items = this.#items("a value right after ':'", () => {
      this.expectations.note(scanner.end, { kind: 'item', field });
    });
    return this.#cursor.node({ kind: 'pair', field, items, at: field.at });
  }

  #term(term: Term, at: number): Expression {
    this.#cursor.scanner.skipBlanks();
    const items = this.#items(`a list after '${term}'`, () => {
      this.expectations.note(this.#cursor.scanner.end, { kind: 'endpoint', term });
    });
    return this.#cursor.node({ kind: 'term', term, items, at });
  }

  /** Parses a list with commas; blanks may follow a comma. */
  #items(what: string, note: () => void): Item[] {
    const { scanner } = this.#cursor;
    const items: Item[] = [];
    for (;;) {
      note();
      const { text, at } = this.#cursor.closed(scanner.takeItem()) ?? this.#cursor.fail(what);
      items.push(this.#cursor.node<Item>({ text, at }));
      if (!this.#cursor.isSymbol(',')) return items;
      scanner.take();
      scanner.skipBlanks();
    }
  }

  /** Makes a condition of a value without an operator: a search for its text. */
  #settle(part: Part): Expression {
    if (part.kind !== 'bare') return part;
    const { value, end } = part;
    const at = startOf(value);
    const { text: source } = this.#cursor.scanner;
    if (value.kind === 'number' && value.unit === null) {
      return this.#cursor.node({ kind: 'search', text: value.digits, isNumber: true, at });
    }
    const text = value.kind === 'string' ? value.text : source.slice(at, end);
    if (value.kind === 'null' || (value.kind !== 'string' && !SEARCHED.test(text))) {
      throw new ExpressionError(end, `expected a comparison after ${quote(text)}`, this.expectations.phrasesAt(end));
    }
    if (text.length > MAX_WORD_LENGTH) throw new ExpressionError(at, `text of more than ${MAX_WORD_LENGTH} characters`);
    return this.#cursor.node({ kind: 'search', text, isNumber: false, at });
  }

  #fieldOf(left: Value): Word {
    if (left.kind === 'word') return left;
    throw new ExpressionError(startOf(left), `expected a field before ${quote(this.#cursor.peek().text)}`, ['a field']);
  }

  #isOperator(): boolean {
    const cursor = this.#cursor;
    const isComparison = cursor.isSymbol(...COMPARISON_OPERATORS, '~', '!~');
    return (
      isComparison || cursor.arithmetic('+', '-', '*', '/') !== undefined || cursor.isWord('in') || cursor.isNotIn()
    );
  }
}
