import { PortSet, type Prefix, PrefixSet, parsePrefix } from '../inetdiag/index.js';
import { checkValue, reconcile } from './check-value.js';
import type { NonNumeric, Test } from './checked.js';
import { ExpressionError, printable, quote } from './error.js';
import type { AddressField, NumericField } from './field.js';
import { formatValue } from './format.js';
import { Glob } from './glob.js';
import { parseBooleanLiteral, parsePortLiteral, parsePrefixLiteral, parseTimeLiteral } from './literal.js';
import {
  describe,
  expectNumber,
  fieldOperand,
  mismatch,
  type NumericOperand,
  numberOperand,
  type Operand,
  unknownField,
} from './operand.js';
import { phraseOf } from './quantity.js';
import { numberToken } from './tokens.js';
import {
  type ComparisonOperator,
  type Expression,
  type Item,
  startOf,
  TERMS,
  type Term,
  termOf,
  type Value,
  type Word,
} from './tree.js';
import { checkValueSet, isValueOf } from './value-set.js';
import type { Vocabulary } from './vocabulary.js';

type Node<Kind extends Expression['kind']> = Extract<Expression, { readonly kind: Kind }>;

/**
 * Checks a tree: every name is one of the vocabulary, and types and units fit.
 * @throws ExpressionError
 */
export function checkExpression<Row>(tree: Expression, vocabulary: Vocabulary<Row>): Test<Row> {
  switch (tree.kind) {
    case 'and':
    case 'or':
      return { kind: tree.kind, parts: tree.parts.map((part) => checkExpression(part, vocabulary)) };
    case 'not':
      return { kind: 'not', part: checkExpression(tree.part, vocabulary) };
    case 'comparison':
      return checkComparison(tree, vocabulary);
    case 'match': {
      const { operand } = fieldOf(tree.field, vocabulary);
      if (operand.form !== 'field' || operand.field.type === 'boolean') {
        throw inapplicable('~', tree.field.at, operand);
      }
      const glob = new Glob(tree.pattern.toLowerCase());
      checkValueSet(operand.field, tree.pattern, tree.at, (value) => glob.matches(value));
      return negatedIf(tree.isNegated, { kind: 'glob', field: operand.field, glob });
    }
    case 'in': {
      const { operand } = fieldOf(tree.field, vocabulary);
      const parts = tree.items.map((item) => {
        // A word in a list is a text, also if a field has this name.
        const element: Operand<Row> =
          item.kind === 'word' ? { form: 'raw', text: item.text, node: item } : checkValue(item, vocabulary);
        return equality(operand, element, vocabulary);
      });
      return negatedIf(tree.isNegated, { kind: 'or', parts });
    }
    case 'term':
      return checkTerm(tree.term, tree.items, tree.at, vocabulary);
    case 'pair':
      return checkPair(tree, vocabulary);
    case 'flag': {
      const flag = vocabulary.flag(tree.flag);
      if (flag !== undefined) return { kind: 'isTrue', field: flag };
      const near = vocabulary.nearFlags(tree.flag);
      const names = near.length > 0 ? near : vocabulary.flags.map(({ name }) => name);
      const hint = names.length === 0 ? '' : `; ${names.join(', ')}?`;
      throw new ExpressionError(tree.at, `${quote(tree.flag)} is no flag${hint}`, names);
    }
    case 'search':
      return checkSearch(tree, vocabulary);
  }
}

function checkComparison<Row>(node: Node<'comparison'>, vocabulary: Vocabulary<Row>): Test<Row> {
  const { operator } = node;
  refuseSumBesideText(node.left, node.right, vocabulary);
  refuseSumBesideText(node.right, node.left, vocabulary);
  const [first, second] = [checkValue(node.left, vocabulary), checkValue(node.right, vocabulary)];
  const [left, right] = [textBeside(first, second), textBeside(second, first)];
  if (left.form === 'null' || right.form === 'null') {
    const value = left.form === 'null' ? right : left;
    if (value.form === 'raw' && value.node.kind === 'word') throw unknownField(value.node, vocabulary);
    if (value.form === 'null' || value.form === 'raw') {
      throw new ExpressionError(value.node.at, `expected a field beside null, found ${describe(value)}`, ['a field']);
    }
    const test: Test<Row> =
      value.form === 'field' ? { kind: 'isMissing', field: value.field } : { kind: 'isNull', value: value.value };
    return equalOrNot(operator, test, node.at, 'null');
  }
  const sides = [timeFor(left, right), timeFor(right, left)] as const;
  if (sides[0].form === 'numeric' && sides[1].form === 'numeric') {
    const reconciled = reconcile(sides[0], sides[1]);
    if (operator === '=' || operator === '!=') checkNumbers(sides[0], sides[1]);
    return { kind: 'comparison', operator, left: reconciled.left, right: reconciled.right };
  }
  // Of two words that are no fields, the first one is reported.
  const isReversed = left.form === 'raw' && (right.form !== 'raw' || left.node.kind === 'string');
  const test = isReversed ? equality(right, left, vocabulary) : equality(left, right, vocabulary);
  const field = left.form === 'field' ? left.field : right.form === 'field' ? right.field : undefined;
  return equalOrNot(operator, test, node.at, phraseOf(field === undefined ? 'text' : field.type));
}

/** Throws for a number that its field cannot have, if one side is such a field and the other one a number. */
function checkNumbers<Row>(left: NumericOperand<Row>, right: NumericOperand<Row>): void {
  for (const [field, number] of [
    [left, right],
    [right, left],
  ] as const) {
    if (field.value.kind !== 'reading' || number.node.kind !== 'number') continue;
    const { digits } = number.node;
    checkValueSet(field.value.field, digits, number.node.at, (value) => Number(value) === Number(digits));
  }
}

/** Throws for `comm = web-1`, which is a difference, and offers the text in quotes. */
function refuseSumBesideText<Row>(side: Value, other: Value, vocabulary: Vocabulary<Row>): void {
  if (side.kind !== 'arithmetic' || other.kind !== 'word') return;
  if (vocabulary.field(other.text)?.field.type !== 'text') return;
  const text = `"${formatValue(side).replaceAll(' ', '')}"`;
  throw new ExpressionError(startOf(side), `${quote(other.text)} is a text; ${printable(text)}?`, [text]);
}

/**
 * Returns a word beside a text as a text, also if it names a field, unless that is a text as well: in `limited = cwnd`
 * a comparison with the field would make no sense. A value of a fixed set is a text in any case: `nat.kind = source` does
 * not mean the field `source`.
 */
function textBeside<Row>(operand: Operand<Row>, other: Operand<Row>): Operand<Row> {
  const { node } = operand;
  if (node.kind !== 'word' || other.form !== 'field' || other.field.type !== 'text') return operand;
  const isText = operand.form === 'field' && operand.field.type === 'text';
  return isText && !isValueOf(other.field, node.text) ? operand : { form: 'raw', text: node.text, node };
}

/** Returns a text beside a time as a time; every other operand as it is. */
function timeFor<Row>(operand: Operand<Row>, other: Operand<Row>): Operand<Row> {
  if (operand.form !== 'raw' || other.form !== 'numeric' || other.type !== 'time') return operand;
  const { node } = operand;
  const value = { kind: 'constant', value: parseTimeLiteral(operand.text, node.at) } as const;
  return { form: 'numeric', type: 'time', value, isLiteral: true, namedFactor: null, node };
}

function equalOrNot<Row>(operator: ComparisonOperator, test: Test<Row>, at: number, phrase: string): Test<Row> {
  if (operator === '=') return test;
  if (operator === '!=') return { kind: 'not', part: test };
  throw new ExpressionError(at, `'${operator}' does not apply to ${phrase}; =, !=?`, ['=', '!=']);
}

/** Returns the test that two operands are equal; the first one is the field if only one is. */
function equality<Row>(left: Operand<Row>, given: Operand<Row>, vocabulary: Vocabulary<Row>): Test<Row> {
  const right = timeFor(given, left);
  if (left.form === 'numeric' || right.form === 'numeric') {
    if (left.form === 'field' || right.form === 'field') throw mismatch(left, right);
    const numbers = [expectNumber(left, vocabulary), expectNumber(right, vocabulary)] as const;
    const sides = reconcile(...numbers);
    checkNumbers(...numbers);
    return { kind: 'comparison', operator: '=', left: sides.left, right: sides.right };
  }
  if (left.form !== 'field') {
    if (left.form === 'raw' && left.node.kind === 'word') throw unknownField(left.node, vocabulary);
    throw new ExpressionError(left.node.at, `expected a field, found ${describe(left)}`, ['a field']);
  }
  const { field } = left;
  if (right.form === 'raw') return equalToText(field, right.text, right.node.at);
  if (right.form !== 'field' || right.field.type !== field.type) throw mismatch(left, right);
  return { kind: 'same', left: field, right: right.field };
}

function equalToText<Row>(field: NonNumeric<Row>, text: string, at: number): Test<Row> {
  if (field.type === 'text') {
    const wanted = text.toLowerCase();
    checkValueSet(field, text, at, (value) => value === wanted);
    return { kind: 'equals', field, text: wanted };
  }
  if (field.type === 'boolean') return negatedIf(!parseBooleanLiteral(text, at), { kind: 'isTrue', field });
  return prefixesOf(field, [parsePrefixLiteral(text, at)]);
}

function checkTerm<Row>(term: Term, items: readonly Item[], at: number, vocabulary: Vocabulary<Row>): Test<Row> {
  const { list, fields } = TERMS[term];
  const parts = fields.map((name) => {
    const field = vocabulary.field(name)?.field;
    if (list === 'prefixes' && field?.type === 'address') return prefixTest(field, items);
    if (list === 'ports' && field?.type === 'port') return portTest(field, items);
    throw unknownField({ kind: 'word', text: term, at }, vocabulary);
  });
  const [only, ...others] = parts;
  return only !== undefined && others.length === 0 ? only : { kind: 'or', parts };
}

/** Checks `field:value,value`: one of them is equal, or contained if the field is a text. */
function checkPair<Row>({ field: word, items }: Node<'pair'>, vocabulary: Vocabulary<Row>): Test<Row> {
  const term = termOf(word.text);
  if (term !== undefined && vocabulary.field(word.text) === undefined) {
    return checkTerm(term, items, word.at, vocabulary);
  }
  const { operand, field } = fieldOf(word, vocabulary);
  if (field.type === 'address') return prefixTest(field, items);
  if (field.type === 'port') return portTest(field, items);
  const parts = items.map(({ text, at }): Test<Row> => {
    if (field.type === 'text') {
      const part = text.toLowerCase();
      checkValueSet(field, text, at, (value) => value.includes(part));
      return { kind: 'contains', field, text: part };
    }
    const number = operand.form === 'numeric' ? numberToken(text, at) : undefined;
    const item: Operand<Row> =
      number === undefined
        ? { form: 'raw', text, node: { kind: 'word', text, at } }
        : numberOperand({ kind: 'number', digits: number.text, unit: number.unit, at });
    return equality(operand, item, vocabulary);
  });
  const [only, ...others] = parts;
  return only !== undefined && others.length === 0 ? only : { kind: 'or', parts };
}

function checkSearch<Row>({ text, isNumber, at }: Node<'search'>, vocabulary: Vocabulary<Row>): Test<Row> {
  const { searchedTexts, searchedNumbers } = vocabulary;
  if ((isNumber ? searchedNumbers : searchedTexts).length === 0) {
    throw new ExpressionError(at, `expected a comparison, found ${quote(text)} alone`, ['a comparison']);
  }
  if (isNumber) {
    const right = { kind: 'constant', value: Number(text) } as const;
    const parts = searchedNumbers.map((field): Test<Row> => {
      return { kind: 'comparison', operator: '=', left: { kind: 'reading', field, factor: 1 }, right };
    });
    return { kind: 'search', parts };
  }
  const prefix = text.includes('/') ? parsePrefix(text) : undefined;
  const parts = searchedTexts.map((field): Test<Row> => {
    if (field.type === 'text' || prefix === undefined) return { kind: 'contains', field, text: text.toLowerCase() };
    return prefixesOf(field, [prefix]);
  });
  return { kind: 'search', parts };
}

/** Returns the field of a word, and its operand. */
function fieldOf<Row>(word: Word, vocabulary: Vocabulary<Row>) {
  const named = vocabulary.field(word.text);
  if (named === undefined) throw unknownField(word, vocabulary);
  return { operand: fieldOperand(named, word), field: named.field };
}

function prefixTest<Row>(field: AddressField<Row>, items: readonly Item[]): Test<Row> {
  return prefixesOf(
    field,
    items.map(({ text, at }) => parsePrefixLiteral(text, at)),
  );
}

function prefixesOf<Row>(field: AddressField<Row>, list: readonly Prefix[]): Test<Row> {
  return { kind: 'prefixes', field, prefixes: new PrefixSet(list), list };
}

function portTest<Row>(field: NumericField<Row>, items: readonly Item[]): Test<Row> {
  const ranges = items.map(({ text, at }) => parsePortLiteral(text, at));
  return { kind: 'ports', field, ports: new PortSet(ranges), ranges };
}

function inapplicable<Row>(operator: string, at: number, operand: Operand<Row>): ExpressionError {
  const type = operand.form === 'numeric' ? operand.type : operand.form === 'field' ? operand.field.type : 'text';
  return new ExpressionError(at, `'${operator}' takes texts; ${describe(operand)} is ${phraseOf(type)}`, ['a text']);
}

function negatedIf<Row>(isNegated: boolean, test: Test<Row>): Test<Row> {
  return isNegated ? { kind: 'not', part: test } : test;
}
