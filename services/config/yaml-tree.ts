import type { CST, LineCounter, Node, ParsedNode } from 'yaml';

/** Largest file: far more than 1,024 services with 65,536 prefixes need. */
export const MAX_CONFIG_BYTES = 2 ** 20;
/** Deepest nesting, in tokens that are open at once. The library composes by recursion, and a file needs less than 16. */
const MAX_DEPTH = 64;

/** Offset in the text, in UTF-16 code units. */
export interface Located {
  readonly at: number;
}

/** Scalar of a file. */
export interface YamlScalar extends Located {
  readonly kind: 'scalar';
  /** Text without quotes, and with the file's own form of a number: `0x10` stays so. Empty for no value. */
  readonly text: string;
  /** True for a text in quotes. */
  readonly isQuoted: boolean;
}

/** Sequence of a file. */
export interface YamlList extends Located {
  readonly kind: 'list';
  readonly items: readonly YamlValue[];
}

/** Entry of a mapping. */
export interface YamlEntry {
  readonly key: YamlScalar;
  readonly value: YamlValue;
}

/** Mapping of a file. Keys may be there twice. */
export interface YamlMap extends Located {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
}

/** Value of a file. */
export type YamlValue = YamlScalar | YamlList | YamlMap;

/** Reports a problem at an offset of the text. */
export type ReportAt = (at: number, reason: string) => void;

/** Text as a tree. */
export interface YamlTree {
  /** Undefined for an empty file, and if a problem was reported that leaves no tree. */
  readonly root: YamlValue | undefined;
  /** Finds line and column of an offset, each from 1. */
  readonly place: (at: number) => { readonly line: number; readonly column: number };
}

/**
 * Reads YAML 1.2 of one document, without aliases and tags. Everything else is reported: a file that is only mostly
 * understood would run with rules that its author did not write. Loads the library when it is called.
 */
export async function readYamlTree(text: string, report: ReportAt): Promise<YamlTree> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  // Parser.parse() does this too; next() does not.
  lines.addNewLine(0);
  const parser = new yaml.Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  const place = placeIn(lines);
  for (const source of new yaml.Lexer().lex(text)) {
    tokens.push(...parser.next(source));
    if (parser.stack.length > MAX_DEPTH) {
      report(parser.offset, `nested deeper than ${MAX_DEPTH} levels`);
      return { root: undefined, place };
    }
  }
  tokens.push(...parser.end());
  // Two equal keys are found here: the library compares each key with all others.
  const composer = new yaml.Composer({ uniqueKeys: false, version: '1.2' });
  const documents = [...composer.compose(tokens, true, text.length)];
  const [document, next] = documents;
  if (next !== undefined) report(next.range[0], 'a second document: expected one');
  if (document === undefined) return { root: undefined, place };
  for (const { pos, message } of [...document.errors, ...document.warnings]) report(pos[0], sentence(message));
  const { contents } = document as { readonly contents: Node | null };
  return { root: contents === null ? undefined : new Reader(yaml, report).read(contents, 0), place };
}

type Yaml = typeof import('yaml');

/** Reader of the library's nodes. */
class Reader {
  readonly #yaml: Yaml;
  readonly #report: ReportAt;

  constructor(yaml: Yaml, report: ReportAt) {
    this.#yaml = yaml;
    this.#report = report;
  }

  /** @param at offset of a value that has no place of its own, such as one that is missing */
  read(node: unknown, at: number): YamlValue {
    const { isAlias, isMap, isScalar, isSeq } = this.#yaml;
    const start = offsetOf(node) ?? at;
    if (isAlias(node)) {
      this.#report(start, `alias *${node.source}: aliases are not allowed; write the value`);
    } else if (isMap(node)) {
      return {
        kind: 'map',
        at: start,
        entries: node.items.flatMap(({ key, value }) => this.#entry(key, value, start)),
      };
    } else if (isSeq(node)) {
      return { kind: 'list', at: start, items: node.items.map((item) => this.read(item, start)) };
    } else if (isScalar(node)) {
      const isQuoted = node.type !== 'PLAIN';
      const text = isQuoted ? String(node.value ?? '') : (node.source ?? '');
      return { kind: 'scalar', at: start, text: isNull(text, isQuoted) ? '' : text, isQuoted };
    }
    return { kind: 'scalar', at: start, text: '', isQuoted: false };
  }

  #entry(key: unknown, value: unknown, at: number): YamlEntry[] {
    const name = this.read(key, at);
    if (name.kind === 'scalar') return [{ key: name, value: this.read(value, name.at) }];
    this.#report(name.at, 'expected a name before the colon');
    return [];
  }
}

/** Returns whether a plain text stands for no value. */
function isNull(text: string, isQuoted: boolean): boolean {
  return !isQuoted && (text === '~' || /^null$/i.test(text));
}

function offsetOf(node: unknown): number | undefined {
  return (node as Partial<ParsedNode> | null | undefined)?.range?.[0];
}

function placeIn(lines: LineCounter): YamlTree['place'] {
  return (at) => {
    const { line, col: column } = lines.linePos(at);
    return { line, column };
  };
}

/** Makes one line without a full stop of the library's message. */
function sentence(message: string): string {
  return message.replace(/\s+/g, ' ').replace(/[.:]\s*$/, '');
}
