import { parseAddress } from '../netlink/index.js';
import { ExpressionError, quote } from './error.js';
import { MAX_DIGITS, MAX_WORD_LENGTH } from './limits.js';
import { findUnit } from './units.js';

/** Smallest piece of an expression. */
export interface Token {
  readonly kind: 'number' | 'word' | 'string' | 'symbol' | 'end';
  /** The word, the symbol, the string without quotes, the digits of the number. */
  readonly text: string;
  /** Name of the number's unit, as {@link UNITS} spells it; null without one. */
  readonly unit: string | null;
  readonly at: number;
  /** Position after the token. */
  readonly end: number;
  /** Blank before the token. */
  readonly isSpaced: boolean;
  /** String without its closing quote. */
  readonly isOpen: boolean;
}

const BLANKS = /\s*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_@]*(?:\.[\p{L}\p{N}_@]+)*/uy;
const DIGITS = /\d[\p{L}\p{N}_.@]*/uy;
const ADDRESS = /([\da-f:.]{2,45})(?:\/\d{1,3})?(?![\p{L}\p{N}_.:@])/iuy;
const SYMBOL = /&&|\|\||!=|!~|<=|>=|[()=<>~!+*/,:-]/y;
/** Element of a list with commas, or a pattern: without blanks, quotes, parentheses and connectives. */
const ITEM = /[^\s(),"'&|]+/y;
const PATTERN = /[^\s()"'&|]+/y;
const PER_SECOND = /\/s(?![\p{L}\p{N}_])/iuy;

/** A number. A longer one is a word, such as a part of a UUID. */
const NUMBER = new RegExp(`^(\\d{1,${MAX_DIGITS}}(?:\\.\\d{1,${MAX_DIGITS}})?)([a-z]*)$`, 'i');

/** Reads an expression token by token, or in raw pieces where the grammar has lists and patterns. */
export class Scanner {
  /** Position after the last token that was taken. */
  end = 0;
  #next: Token | undefined;
  #last = { at: 0, end: 0 };

  constructor(readonly text: string) {}

  /** Returns the next token and does not take it. */
  peek(): Token {
    if (this.#next === undefined) {
      this.#next = this.#read();
      if (this.#next.kind !== 'end') this.#last = this.#next;
    }
    return this.#next;
  }

  /** Start of the token that the end of the text cuts off, or the end of the text if it ends in a blank. */
  get unfinishedAt(): number {
    return this.#last.end === this.text.length ? this.#last.at : this.text.length;
  }

  /** Takes the next token. */
  take(): Token {
    const token = this.peek();
    this.end = token.end;
    this.#next = undefined;
    return token;
  }

  /** Takes an element of a list right at the end of the last token: a string or a raw word. Undefined without one. */
  takeItem(): Token | undefined {
    return this.#takeRaw(ITEM);
  }

  /** Takes a pattern right at the end of the last token: a string or a raw word. Undefined without one. */
  takePattern(): Token | undefined {
    return this.#takeRaw(PATTERN);
  }

  /** Moves behind the blanks after the last token. */
  skipBlanks(): void {
    this.end += matchAt(BLANKS, this.text, this.end)?.[0].length ?? 0;
    this.#next = undefined;
  }

  #takeRaw(piece: RegExp): Token | undefined {
    const at = this.end;
    const isQuote = this.text[at] === '"' || this.text[at] === "'";
    const raw = matchAt(piece, this.text, at)?.[0];
    if (!isQuote && raw === undefined) return undefined;
    const token = isQuote ? this.#readString(at, false) : wordToken(raw ?? '', at, false);
    this.end = token.end;
    this.#next = undefined;
    this.#last = token;
    return token;
  }

  #read(): Token {
    const { text } = this;
    const at = this.end + (matchAt(BLANKS, text, this.end)?.[0].length ?? 0);
    const isSpaced = at > this.end;
    const first = text[at];
    if (first === undefined) return { kind: 'end', text: '', unit: null, at, end: at, isSpaced, isOpen: false };
    if (first === '"' || first === "'") return this.#readString(at, isSpaced);
    const [address, host = ''] = matchAt(ADDRESS, text, at) ?? [];
    if (address !== undefined && parseAddress(host) !== undefined) return wordToken(address, at, isSpaced);
    const digits = matchAt(DIGITS, text, at)?.[0];
    if (digits !== undefined) return readNumber(text, digits, at, isSpaced) ?? wordToken(digits, at, isSpaced);
    const word = matchAt(WORD, text, at)?.[0];
    if (word !== undefined) return wordToken(word, at, isSpaced);
    const symbol = matchAt(SYMBOL, text, at)?.[0];
    if (symbol === undefined) {
      throw new ExpressionError(at, `${quote(String.fromCodePoint(text.codePointAt(at) ?? 0))} has no meaning here`);
    }
    return { kind: 'symbol', text: symbol, unit: null, at, end: at + symbol.length, isSpaced, isOpen: false };
  }

  /** Reads a string; a backslash takes the character after it as it is. */
  #readString(at: number, isSpaced: boolean): Token {
    const { text } = this;
    const closing = text[at];
    let content = '';
    let end = at + 1;
    while (end < text.length && text[end] !== closing) {
      if (text[end] === '\\' && end + 1 < text.length) end++;
      content += text[end];
      end++;
    }
    const isOpen = end >= text.length;
    checkLength(content, at);
    return { kind: 'string', text: content, unit: null, at, end: isOpen ? end : end + 1, isSpaced, isOpen };
  }
}

/** Returns the number that a text is as a whole; undefined for any other text. */
export function numberToken(text: string, at: number): Token | undefined {
  const digits = matchAt(DIGITS, text, 0)?.[0];
  const token = digits === undefined ? undefined : readNumber(text, digits, 0, false);
  return token?.end === text.length ? { ...token, at, end: at + text.length } : undefined;
}

/** Returns whether a text is one token, a word. */
export function isWord(text: string): boolean {
  const address = matchAt(ADDRESS, text, 0);
  if (address?.[0] === text && parseAddress(address[1] ?? '') !== undefined) return true;
  if (matchAt(WORD, text, 0)?.[0] === text) return true;
  return matchAt(DIGITS, text, 0)?.[0] === text && numberToken(text, 0) === undefined;
}

function readNumber(text: string, run: string, at: number, isSpaced: boolean): Token | undefined {
  const [, digits, letters = ''] = NUMBER.exec(run) ?? [];
  if (digits === undefined) return undefined;
  const number = { kind: 'number', text: digits, at, isSpaced, isOpen: false } as const;
  const end = at + run.length;
  if (letters === '') {
    const isPercent = text[end] === '%';
    return { ...number, unit: isPercent ? '%' : null, end: isPercent ? end + 1 : end };
  }
  const perSecond = matchAt(PER_SECOND, text, end) === undefined ? undefined : findUnit(`${letters}/s`);
  if (perSecond !== undefined) return { ...number, unit: perSecond.name, end: end + 2 };
  const unit = findUnit(letters);
  return unit === undefined ? undefined : { ...number, unit: unit.name, end };
}

function wordToken(text: string, at: number, isSpaced: boolean): Token {
  checkLength(text, at);
  return { kind: 'word', text, unit: null, at, end: at + text.length, isSpaced, isOpen: false };
}

function checkLength(text: string, at: number): void {
  if (text.length > MAX_WORD_LENGTH) throw new ExpressionError(at, `text of more than ${MAX_WORD_LENGTH} characters`);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
