import fc from 'fast-check';
import type { Expression, Literal, Value, Word } from '../../expression/index.js';

const at = 0;
const word = (text: string): Word => ({ kind: 'word', text, at });

/** Returns a tree without positions. */
export function withoutPositions(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(withoutPositions);
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([key]) => key !== 'at')
      .map(([key, value]) => [key, withoutPositions(value)]),
  );
}

const fieldWord = fc
  .constantFrom('rtt', 'now.rttUs', 'comm', 'src', 'dport', 'bad', 'x_1', 'Größe', 'a.b.c', 'u@1')
  .map(word);
const anyWord = fc.oneof(
  fieldWord,
  fc
    .constantFrom('10.0.0.7', '10.0.0.0/8', '2001:db8::1', '::/0', 'fe80::/10', '3f2a', '1.2.3', 'is', 'true')
    .map(word),
);
const text = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom(
    'nginx',
    'and',
    'NOT',
    'src',
    '443',
    '5ms',
    '5%',
    '10.0.0.7',
    '10.0.0.0/8',
    'fe80::1',
    'web-1',
    'a,b',
    '*x?',
    '\\',
    '"',
    "'",
    ':1',
    '-x',
    '=x',
  ),
);
const number = fc.record({
  kind: fc.constant('number' as const),
  digits: fc.oneof(fc.nat().map(String), fc.constantFrom('0.5', '007', '12.250', '999999999999999')),
  unit: fc.constantFrom(null, 'us', 'min', 'kB', 'Mbit/s', 'MB/s', '%'),
  at: fc.constant(at),
});
const literal: fc.Arbitrary<Literal> = fc.oneof(
  anyWord,
  number,
  text.map((content) => ({ kind: 'string' as const, text: content, at })),
);
const items = fc
  .array(text, { minLength: 1, maxLength: 3 })
  .map((list) => list.map((content) => ({ text: content, at })));

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    literal,
    fc.constant({ kind: 'null' as const, at }),
    fc.record({
      kind: fc.constant('arithmetic' as const),
      operator: fc.constantFrom('+', '-', '*', '/'),
      left: tie('value'),
      right: tie('value'),
      at: fc.constant(at),
    }),
  ),
})).value;

const operator = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');

/** Arbitrary trees of the grammar; names and types need not be right. */
export const anyTree: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ kind: fc.constant('comparison' as const), operator, left: value, right: value, at: fc.constant(at) }),
    fc.record({
      kind: fc.constant('match' as const),
      field: anyWord,
      isNegated: fc.boolean(),
      pattern: text,
      at: fc.constant(at),
    }),
    fc.record({
      kind: fc.constant('in' as const),
      field: anyWord,
      isNegated: fc.boolean(),
      items: fc.array(literal, { minLength: 1, maxLength: 3 }),
      at: fc.constant(at),
    }),
    fc.record({
      kind: fc.constant('term' as const),
      term: fc.constantFrom('src', 'dst', 'addr', 'sport', 'dport', 'port'),
      items: fc.oneof(
        items,
        fc
          .constantFrom('443', '5000-5010', '10.0.0.0/8', '::1', 'fe80::/10', 'a::')
          .map((each) => [{ text: each, at }]),
      ),
      at: fc.constant(at),
    }),
    fc.record({ kind: fc.constant('pair' as const), field: fieldWord, items, at: fc.constant(at) }),
    fc.record({ kind: fc.constant('flag' as const), flag: text, at: fc.constant(at) }),
    text.map((content) => ({ kind: 'search' as const, text: content, isNumber: false, at })),
    fc.nat().map((content) => ({ kind: 'search' as const, text: String(content), isNumber: true, at })),
    fc.record({ kind: fc.constant('not' as const), part: tie('tree'), at: fc.constant(at) }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      parts: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
      at: fc.constant(at),
    }),
  ),
})).tree;

const PIECES = [
  'rtt',
  'rttUs',
  'comm',
  'src',
  'dport',
  'loss',
  'startTime',
  'busy',
  'nginx',
  'is',
  'null',
  'in',
  'not',
  'and',
  'or',
  'AND',
  'true',
  '50',
  '50ms',
  '5%',
  '1Mbit/s',
  '10.0.0.7',
  '10.0.0.0/8',
  '2001:db8::1',
  '::',
  '443',
  '5000-5010',
  '"a b"',
  "'x'",
  '"',
  "'",
  '\\',
  '(',
  ')',
  '((',
  '))',
  ',',
  ':',
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '~',
  '!~',
  '!',
  '+',
  '-',
  '*',
  '/',
  '&&',
  '||',
  '&',
  '|',
  '#',
  '\u0000',
  '\u{1F600}',
  '\uD800',
  '.',
  '%',
  'is:open',
  'is:x',
  'comm:a,b',
  'dport:80',
  'rtt:5ms',
  'ä',
];

/** Arbitrary texts that look like expressions, rightly or not. */
export const tokenSoup: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.constantFrom(...PIECES), fc.constantFrom('', ' ', ' ', '\t')), { maxLength: 24 })
  .map((pieces) => pieces.flat().join(''));
