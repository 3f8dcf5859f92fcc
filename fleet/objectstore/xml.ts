/**
 * Answers of S3 in XML. They are small, have no attributes that matter, no comments and no mixed content; so a reader of
 * elements is enough, and a parser with all of XML would be the larger risk.
 */

/** Thrown for text that is not such an answer. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

/** An element with its text or its elements. Names have no namespace prefix. */
export interface XmlElement {
  readonly name: string;
  /** Text of an element without elements, entities replaced. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const TOKEN = /<(?:\?[^>]*\?|(\/?)([A-Za-z_][\w.:-]*)((?:\s[^<>]*?)?)(\/?))>|([^<]+)/y;
const MAX_DEPTH = 16;

/** Reads an answer. @throws XmlError */
export function readXml(text: string): XmlElement {
  interface Open {
    readonly name: string;
    text: string;
    readonly children: XmlElement[];
  }
  const top: Open = { name: '', text: '', children: [] };
  const open: Open[] = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    const here = open.at(-1);
    if (match === null || here === undefined) throw new XmlError(`not XML at character ${at}`);
    const [, closes, name, , isEmpty, words] = match;
    if (words !== undefined) {
      here.text += words;
    } else if (name !== undefined && closes === '/') {
      if (open.length < 2 || here.name !== name) throw new XmlError(`</${name}> at character ${at} closes nothing`);
      open.pop();
      open.at(-1)?.children.push(finished(here));
    } else if (name !== undefined) {
      if (open.length > MAX_DEPTH) throw new XmlError('elements too deep in each other');
      if (isEmpty === '/') here.children.push({ name: localName(name), text: '', children: [] });
      else open.push({ name, text: '', children: [] });
    }
  }
  const [root, ...others] = top.children;
  if (open.length > 1 || root === undefined || others.length > 0 || top.text.trim() !== '') {
    throw new XmlError(open.length > 1 ? 'the end is missing' : 'not one element');
  }
  return root;
}

/** Returns the text of the first element with this name in `parent`; undefined if there is no such element. */
export function childText(parent: XmlElement, name: string): string | undefined {
  return parent.children.find((each) => each.name === name)?.text;
}

/** Returns all elements with this name in `parent`. */
export function childrenOf(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter((each) => each.name === name);
}

/** Escapes text for an element. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function finished({ name, text, children }: { name: string; text: string; children: XmlElement[] }): XmlElement {
  return { name: localName(name), text: children.length > 0 ? '' : replaceEntities(text), children };
}

function localName(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

const ENTITIES: Readonly<Partial<Record<string, string>>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function replaceEntities(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ?? [];
    const code = hex === undefined ? (decimal === undefined ? undefined : Number(decimal)) : Number.parseInt(hex, 16);
    if (code !== undefined && code <= 0x10ffff) return String.fromCodePoint(code);
    const known = ENTITIES[name];
    if (known === undefined || !whole.endsWith(';')) throw new XmlError(`unknown entity ${whole}`);
    return known;
  });
}
