/** Safe text of a document. Only this file can create it, so that all data is escaped. */
export class Markup {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** Wraps finished markup; for this file only. */
  static readonly of = (text: string): Markup => new Markup(text);

  toString(): string {
    return this.#text;
  }
}

/** Content of an element. Strings and numbers are text and get escaped; undefined is left out. */
export type Child = Markup | string | number | undefined | readonly Child[];

/** Attributes of an element; undefined leaves one out. Numbers are rounded to two decimal places. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Elements without an end tag; any other element has one, even if empty. */
const EMPTY = new Set(['path', 'rect', 'line', 'circle', 'stop', 'use', 'meta', 'br', 'col']);

/**
 * Escapes text for HTML and XML, between tags and in double quotes. Characters that XML 1.0 cannot contain (control
 * characters, halves of surrogate pairs, U+FFFE, U+FFFF) become U+FFFD.
 */
export function escapeText(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Creates an element.
 * @throws RangeError for an invalid name: names come from code, never from data
 */
export function element(name: string, attributes: Attributes = {}, ...children: readonly Child[]): Markup {
  requireName(name);
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    requireName(key);
    text += ` ${key}="${typeof value === 'number' ? decimal(value) : escapeText(value)}"`;
  }
  if (EMPTY.has(name)) return Markup.of(`${text}/>`);
  return Markup.of(`${text}>${content(children)}</${name}>`);
}

/** Joins pieces, one after the other. */
export function fragment(...children: readonly Child[]): Markup {
  return Markup.of(content(children));
}

/**
 * Creates a style element from a constant style sheet, verbatim.
 * @throws RangeError if the text could end the element
 */
export function styleSheet(css: string): Markup {
  if (css.includes('<')) throw new RangeError('style sheet has a <');
  return Markup.of(`<style>${css}</style>`);
}

/**
 * Formats a coordinate with at most two decimal places and no exponent.
 * @throws RangeError if it is not finite
 */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`coordinate is ${value}`);
  const rounded = Math.round(value * 100) / 100;
  return Object.is(rounded, -0) ? '0' : String(rounded);
}

function content(children: readonly Child[]): string {
  let text = '';
  for (const child of children) {
    if (child === undefined) continue;
    if (typeof child === 'string') text += escapeText(child);
    else if (typeof child === 'number') text += String(child);
    else if (child instanceof Markup) text += child.toString();
    else text += content(child);
  }
  return text;
}

function requireName(name: string): void {
  if (!/^[a-zA-Z][a-zA-Z0-9-]*$/.test(name)) throw new RangeError(`no name: ${JSON.stringify(name)}`);
}
