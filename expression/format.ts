import { isWord } from './tokens.js';
import { type Expression, type Item, KEYWORDS, termOf, type Value } from './tree.js';

/**
 * Formats a tree as canonical text: `and` is written, lists have no blanks, texts have double quotes where they need
 * any. Parsing the text gives the tree again, but for positions.
 */
export function formatExpression(tree: Expression): string {
  switch (tree.kind) {
    case 'and':
      return tree.parts.map((part) => enclosed(part, part.kind === 'and' || part.kind === 'or')).join(' and ');
    case 'or':
      return tree.parts.map((part) => enclosed(part, part.kind === 'or')).join(' or ');
    case 'not':
      return `not ${enclosed(tree.part, tree.part.kind === 'and' || tree.part.kind === 'or')}`;
    case 'comparison':
      return `${formatValue(tree.left)} ${tree.operator} ${formatValue(tree.right)}`;
    case 'match':
      return `${tree.field.text} ${tree.isNegated ? '!~' : '~'} ${quoted(tree.pattern)}`;
    case 'in':
      return `${tree.field.text} ${tree.isNegated ? 'not in' : 'in'} (${tree.items.map(formatValue).join(', ')})`;
    case 'term':
      return `${tree.term} ${formatItems(tree.items, PLAIN_ENDPOINT)}`;
    case 'pair':
      return `${tree.field.text}:${formatItems(tree.items, PLAIN_ITEM)}`;
    case 'flag':
      return `is:${formatItems([{ text: tree.flag, at: 0 }], PLAIN_ITEM)}`;
    case 'search':
      return tree.isNumber ? tree.text : formatText(tree.text);
  }
}

/** Formats a value of a comparison. */
export function formatValue(value: Value): string {
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'number':
      return `${value.digits}${value.unit ?? ''}`;
    case 'string':
      return quoted(value.text);
    case 'word':
      return value.text;
    case 'aggregate': {
      const { argument, condition } = value;
      const parts = [
        ...(argument === null ? [] : [formatValue(argument)]),
        ...(condition === null ? [] : [`where ${formatExpression(condition)}`]),
      ];
      return `${value.function}(${parts.join(' ')})`;
    }
    case 'arithmetic': {
      const { operator, left, right } = value;
      const isProduct = operator === '*' || operator === '/';
      const isLeftEnclosed = isProduct && isSum(left);
      const isRightEnclosed = right.kind === 'arithmetic' && (isProduct || isSum(right));
      return `${enclosedValue(left, isLeftEnclosed)} ${operator} ${enclosedValue(right, isRightEnclosed)}`;
    }
  }
}

/** Formats a text to search for: without quotes if it is one word that means nothing else. */
export function formatText(text: string): string {
  const isReserved = KEYWORDS.includes(text.toLowerCase()) || termOf(text) !== undefined;
  return isWord(text) && !isReserved ? text : quoted(text);
}

/** Formats an element of the list of a pair. */
export function formatItem(text: string): string {
  return PLAIN_ITEM.test(text) ? text : quoted(text);
}

/** Elements without quotes. A colon could make an address of the field before it. */
const PLAIN_ITEM = /^[\p{L}\p{N}_][\p{L}\p{N}_.@/%+-]*$/u;
const PLAIN_ENDPOINT = /^[\d:][\p{L}\p{N}_.:/-]*$|^[\da-f]+:[\da-f:.]*(?:\/\d+)?$/iu;

function formatItems(items: readonly Item[], plain: RegExp): string {
  return items.map(({ text }) => (plain.test(text) ? text : quoted(text))).join(',');
}

function enclosed(part: Expression, isEnclosed: boolean): string {
  return isEnclosed ? `(${formatExpression(part)})` : formatExpression(part);
}

function enclosedValue(value: Value, isEnclosed: boolean): string {
  return isEnclosed ? `(${formatValue(value)})` : formatValue(value);
}

function isSum(value: Value): boolean {
  return value.kind === 'arithmetic' && (value.operator === '+' || value.operator === '-');
}

/** Formats a text with quotes. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
