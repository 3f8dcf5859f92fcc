/** Value of a JSON text with the position at which it begins. */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: readonly JsonMember[]; readonly at: number }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[]; readonly at: number }
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'literal'; readonly value: true | false | null; readonly at: number };

/** Member of an object. */
export interface JsonMember {
  readonly name: string;
  /** Position of the name. */
  readonly at: number;
  readonly value: JsonNode;
}

/** Thrown for a text that is no JSON, at the first character that cannot be right. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly code = 'ERR_JSON';

  /** @param at position in the text, from 0 */
  constructor(
    readonly at: number,
    reason: string,
  ) {
    super(reason);
  }
}

/** Levels of objects and lists. A file of rules has four. */
const MAX_DEPTH = 32;

/** Parses a JSON text (RFC 8259), with the position of each value. @throws JsonSyntaxError */
export function parseJsonTree(text: string): JsonNode {
  const parser = new Parser(text);
  const node = parser.value(0);
  parser.finish();
  return node;
}

/** Returns the position in a JSON text of a character of one of its strings. */
export function positionInString(text: string, at: number, index: number): number {
  let position = at + 1;
  for (let i = 0; i < index && text[position] !== '"'; i++) {
    if (text[position] !== '\\') position++;
    else position += text[position + 1] === 'u' ? 6 : 2;
  }
  return position;
}

const BLANKS = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const WORD = /[A-Za-z]+/y;
const LITERALS: Readonly<Record<string, true | false | null>> = { true: true, false: false, null: null };

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonNode {
    this.#match(BLANKS);
    const at = this.#at;
    const next = this.#text[at];
    if (depth > MAX_DEPTH) throw new JsonSyntaxError(at, `more than ${MAX_DEPTH} levels deep`);
    if (next === '{') return { kind: 'object', members: this.#members(depth), at };
    if (next === '[') return { kind: 'array', items: this.#items(depth), at };
    if (next === '"') return { kind: 'string', value: this.#string(), at };
    const digits = this.#match(NUMBER);
    if (digits !== '') return { kind: 'number', value: Number(digits), at };
    const word = this.#match(WORD);
    if (Object.hasOwn(LITERALS, word)) return { kind: 'literal', value: LITERALS[word] ?? null, at };
    this.#at = at;
    return this.#fail('a value');
  }

  finish(): void {
    this.#match(BLANKS);
    if (this.#at < this.#text.length) this.#fail('the end');
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    this.#list('}', () => {
      const at = this.#at;
      if (this.#text[at] !== '"') this.#fail('a name in quotes');
      const name = this.#string();
      this.#match(BLANKS);
      if (this.#text[this.#at] !== ':') this.#fail("':'");
      this.#at++;
      members.push({ name, at, value: this.value(depth + 1) });
    });
    return members;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#list(']', () => items.push(this.value(depth + 1)));
    return items;
  }

  /** Parses what is between two brackets, with commas between. */
  #list(end: string, parse: () => void): void {
    this.#at++;
    this.#match(BLANKS);
    if (this.#text[this.#at] === end) {
      this.#at++;
      return;
    }
    for (;;) {
      this.#match(BLANKS);
      parse();
      this.#match(BLANKS);
      const next = this.#text[this.#at];
      if (next !== ',' && next !== end) this.#fail(`',' or '${end}'`);
      this.#at++;
      if (next === end) return;
    }
  }

  #string(): string {
    const at = this.#at;
    const found = this.#match(STRING);
    try {
      return JSON.parse(found) as string;
    } catch {
      const reason = 'this text has no closing quote, or a control character or a wrong escape in it';
      throw new JsonSyntaxError(at, reason);
    }
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #fail(expected: string): never {
    const found = this.#text[this.#at];
    const shown = found === undefined ? 'the end' : JSON.stringify(found);
    throw new JsonSyntaxError(this.#at, `expected ${expected}, found ${shown}`);
  }
}

/** Returns a JSON value as text, with the members of objects in one order. */
export function canonical(node: JsonNode): string {
  if (node.kind === 'array') return `[${node.items.map(canonical).join(',')}]`;
  if (node.kind !== 'object') return JSON.stringify(node.value);
  const members = node.members.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return `{${members.map(({ name, value }) => `${JSON.stringify(name)}:${canonical(value)}`).join(',')}}`;
}
