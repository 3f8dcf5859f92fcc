import fc from 'fast-check';
import type { Expression, Literal, Value, Word } from '../../expression/index.js';
import type { Row } from './vocabulary.js';

/**
 * Naive interpreter of trees, for comparison with the closures: quantities have exponents of time and bytes instead of
 * types, and every name that it knows stands here.
 */

/** Number in microseconds and bytes, with the exponents of both. */
interface Quantity {
  readonly amount: number | null;
  readonly time: number;
  readonly bytes: number;
}

const QUANTITIES: Readonly<Record<string, (row: Row) => Quantity>> = {
  rtt: ({ rttUs = null }) => ({ amount: rttUs, time: 1, bytes: 0 }),
  minrtt: ({ minRttUs = null }) => ({ amount: minRttUs, time: 1, bytes: 0 }),
  last: ({ lastMs = null }) => ({ amount: lastMs === null ? null : lastMs * 1000, time: 1, bytes: 0 }),
  cwnd: ({ cwnd = null }) => ({ amount: cwnd, time: 0, bytes: 0 }),
  sent: ({ sent = null }) => ({ amount: sent, time: 0, bytes: 1 }),
  retrans: ({ retrans = null }) => ({ amount: retrans, time: 0, bytes: 1 }),
  send: ({ send = null }) => ({ amount: send === null ? null : send / 1e6, time: -1, bytes: 1 }),
  loss: ({ loss = null }) => ({ amount: loss, time: 0, bytes: 0 }),
};

const UNITS: Readonly<Record<string, Quantity>> = {
  us: { amount: 1, time: 1, bytes: 0 },
  ms: { amount: 1000, time: 1, bytes: 0 },
  B: { amount: 1, time: 0, bytes: 1 },
  kB: { amount: 1000, time: 0, bytes: 1 },
  'kbit/s': { amount: 1000 / 8 / 1e6, time: -1, bytes: 1 },
  'B/s': { amount: 1 / 1e6, time: -1, bytes: 1 },
  '%': { amount: 0.01, time: 0, bytes: 0 },
};

const TEXTS: Readonly<Record<string, (row: Row) => string | null | undefined>> = {
  comm: (row) => row.comm,
  user: (row) => row.user,
  state: (row) => row.state,
};

/** Result of a comparison of two numbers that rounding may have made different or equal. */
export class CloseCall extends Error {}

/** Returns whether a tree of {@link typedTree} holds for a row; null if that is unknown. */
export function interpret(tree: Expression, row: Row): boolean | null {
  switch (tree.kind) {
    case 'and':
    case 'or': {
      const results = tree.parts.map((part) => interpret(part, row));
      const decisive = tree.kind === 'or';
      if (results.includes(decisive)) return decisive;
      return results.includes(null) ? null : !decisive;
    }
    case 'not': {
      const result = interpret(tree.part, row);
      return result === null ? null : result === false;
    }
    case 'comparison':
      return compare(tree, row);
    case 'match': {
      const text = TEXTS[tree.field.text]?.(row) ?? null;
      if (text === null) return null;
      return globMatches(tree.pattern.toLowerCase(), text.toLowerCase()) !== tree.isNegated;
    }
    case 'in': {
      const text = TEXTS[tree.field.text]?.(row) ?? null;
      if (text === null) return null;
      const isOne = tree.items.some((item) => item.kind !== 'number' && item.text.toLowerCase() === text.toLowerCase());
      return isOne !== tree.isNegated;
    }
    case 'pair': {
      const text = TEXTS[tree.field.text]?.(row) ?? null;
      return text === null ? null : tree.items.some((item) => text.toLowerCase().includes(item.text.toLowerCase()));
    }
    case 'term': {
      const ports = tree.term === 'port' ? [row.sport, row.dport] : [tree.term === 'sport' ? row.sport : row.dport];
      const results = ports.map((port) =>
        port == null
          ? null
          : tree.items.some(({ text }) => {
              const [first = '', last = first] = text.split('-');
              return Number(first) <= port && port <= Number(last);
            }),
      );
      return results.includes(true) ? true : results.includes(null) ? null : false;
    }
    case 'flag':
      return row.loss == null ? null : row.loss > 0.01;
    case 'search':
      if (tree.isNumber) return [row.sport, row.dport, row.pid].includes(Number(tree.text));
      return [row.comm, row.user, row.src, row.dst].some((text) =>
        text?.toLowerCase().includes(tree.text.toLowerCase()),
      );
  }
}

function compare(tree: Extract<Expression, { kind: 'comparison' }>, row: Row): boolean | null {
  const { operator, left, right } = tree;
  if (right.kind === 'null') {
    const isNull =
      left.kind === 'word' && TEXTS[left.text] !== undefined
        ? TEXTS[left.text]?.(row) == null
        : quantity(left, row).amount === null;
    return isNull === (operator === '=');
  }
  if (left.kind === 'word' && TEXTS[left.text] !== undefined && (right.kind === 'word' || right.kind === 'string')) {
    const text = TEXTS[left.text]?.(row) ?? null;
    return text === null ? null : (text.toLowerCase() === right.text.toLowerCase()) === (operator === '=');
  }
  const [a, b] = [quantity(left, row), quantity(right, row)];
  if (a.amount === null || b.amount === null) return null;
  if (a.time !== b.time || a.bytes !== b.bytes) throw new Error('the generated tree compares different quantities');
  const isExact = left.kind !== 'arithmetic' && right.kind !== 'arithmetic' && a.time !== -1;
  const difference = Math.abs(a.amount - b.amount);
  if (!isExact && difference <= 1e-9 * Math.max(Math.abs(a.amount), Math.abs(b.amount), 1e-9)) throw new CloseCall();
  switch (operator) {
    case '=':
      return a.amount === b.amount;
    case '!=':
      return a.amount !== b.amount;
    case '<':
      return a.amount < b.amount;
    case '<=':
      return a.amount <= b.amount;
    case '>':
      return a.amount > b.amount;
    case '>=':
      return a.amount >= b.amount;
  }
}

function quantity(value: Value, row: Row): Quantity {
  if (value.kind === 'number') {
    const unit = value.unit === null ? { amount: 1, time: 0, bytes: 0 } : UNITS[value.unit];
    if (unit === undefined) throw new Error(`the interpreter has no unit ${value.unit}`);
    return { ...unit, amount: Number(value.digits) * (unit.amount ?? 0) };
  }
  if (value.kind !== 'arithmetic') {
    const read = value.kind === 'word' ? QUANTITIES[value.text] : undefined;
    if (read === undefined) throw new Error('the interpreter has no such value');
    return read(row);
  }
  const [a, b] = [quantity(value.left, row), quantity(value.right, row)];
  const sign = value.operator === '/' ? -1 : value.operator === '*' ? 1 : 0;
  const [time, bytes] = [a.time + sign * b.time, a.bytes + sign * b.bytes];
  if (a.amount === null || b.amount === null) return { amount: null, time, bytes };
  const amount = {
    '+': a.amount + b.amount,
    '-': a.amount - b.amount,
    '*': a.amount * b.amount,
    '/': a.amount / b.amount,
  }[value.operator];
  return { amount: Number.isFinite(amount) ? amount : null, time, bytes };
}

/** Matches by trying every way. */
export function globMatches(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*')
    return globMatches(pattern.slice(1), text) || (text !== '' && globMatches(pattern, text.slice(1)));
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && globMatches(pattern.slice(1), text.slice(1));
}

const at = 0;
const word = (...texts: readonly string[]): fc.Arbitrary<Word> =>
  fc.constantFrom(...texts).map((text) => ({ kind: 'word', text, at }));
const number = (...units: readonly (string | null)[]): fc.Arbitrary<Literal> =>
  fc
    .tuple(fc.nat(9), fc.constantFrom(...units))
    .map(([digits, unit]) => ({ kind: 'number', digits: String(digits), unit, at }));
const arithmetic = (
  operator: '+' | '-' | '*' | '/',
  left: fc.Arbitrary<Value>,
  right: fc.Arbitrary<Value>,
): fc.Arbitrary<Value> =>
  fc.tuple(left, right).map(([a, b]) => ({ kind: 'arithmetic', operator, left: a, right: b, at }));

const plain = fc.oneof(number(null), word('cwnd'));
const { duration, bytes } = fc.letrec<{ duration: Value; bytes: Value }>((tie) => ({
  duration: fc.oneof(
    { maxDepth: 2 },
    word('rtt', 'minrtt', 'last'),
    number('us', 'ms'),
    arithmetic('+', tie('duration'), tie('duration')),
    arithmetic('-', tie('duration'), tie('duration')),
    arithmetic('*', plain, tie('duration')),
    arithmetic('*', tie('duration'), number('%')),
    arithmetic('/', tie('duration'), plain),
    arithmetic('/', word('sent'), word('send')),
  ),
  bytes: fc.oneof(
    { maxDepth: 2 },
    word('sent', 'retrans'),
    number('B', 'kB'),
    arithmetic('+', tie('bytes'), tie('bytes')),
    arithmetic('*', word('send'), tie('duration')),
  ),
}));
const rate = fc.oneof(word('send'), number('kbit/s', 'B/s'), arithmetic('/', bytes, duration));
const share = fc.oneof(word('loss'), number('%'), arithmetic('/', bytes, bytes), arithmetic('/', duration, duration));
const sides = fc.oneof(
  fc.tuple(duration, duration),
  fc.tuple(bytes, bytes),
  fc.tuple(rate, rate),
  fc.tuple(plain, plain),
  fc.tuple(share, number('%')),
  fc.tuple(arithmetic('/', duration, duration), plain),
);
const operator = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
const equality = fc.constantFrom('=', '!=');
const name = fc.constantFrom('nginx', 'NGINX', 'curl', 'n', 'in-x', '');
const textField = word('comm', 'user', 'state');
const pattern = fc
  .array(fc.constantFrom('*', '?', 'n', 'g', 'X', 'i'), { maxLength: 6 })
  .map((letters) => letters.join(''));

/** Arbitrary trees whose names and types are right, of the names that {@link interpret} knows. */
export const typedTree: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc
      .tuple(operator, sides)
      .map(([each, [left, right]]) => ({ kind: 'comparison' as const, operator: each, left, right, at })),
    fc.tuple(equality, fc.oneof(textField, duration, bytes)).map(([each, left]) => ({
      kind: 'comparison' as const,
      operator: each,
      left,
      right: { kind: 'null' as const, at },
      at,
    })),
    fc.tuple(equality, textField, name).map(([each, left, text]) => ({
      kind: 'comparison' as const,
      operator: each,
      left,
      right: { kind: 'string' as const, text, at },
      at,
    })),
    fc
      .tuple(textField, fc.boolean(), pattern)
      .map(([field, isNegated, each]) => ({ kind: 'match' as const, field, isNegated, pattern: each, at })),
    fc
      .tuple(textField, fc.boolean(), fc.array(name, { minLength: 1, maxLength: 3 }))
      .map(([field, isNegated, names]) => ({
        kind: 'in' as const,
        field,
        isNegated,
        items: names.map((text) => ({ kind: 'string' as const, text, at })),
        at,
      })),
    fc
      .tuple(textField, fc.array(name, { minLength: 1, maxLength: 2 }))
      .map(([field, names]) => ({ kind: 'pair' as const, field, items: names.map((text) => ({ text, at })), at })),
    fc
      .tuple(
        fc.constantFrom('sport', 'dport', 'port'),
        fc.array(fc.constantFrom('443', '80', '0-1023', '5000-5010'), { minLength: 1, maxLength: 2 }),
      )
      .map(([term, ports]) => ({ kind: 'term' as const, term, items: ports.map((text) => ({ text, at })), at })),
    fc.constant({ kind: 'flag' as const, flag: 'lossy', at }),
    name.map((text) => ({ kind: 'search' as const, text, isNumber: false, at })),
    fc.constantFrom('443', '80', '812').map((text) => ({ kind: 'search' as const, text, isNumber: true, at })),
    tie('tree').map((part) => ({ kind: 'not' as const, part, at })),
    fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('tree'), { minLength: 2, maxLength: 3 }))
      .map(([kind, parts]) => ({ kind, parts, at })),
  ),
})).tree;

const unknownOr = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 3 });

/** Arbitrary rows whose values are near those of {@link typedTree}. */
export const rowArbitrary: fc.Arbitrary<Row> = fc.record({
  rttUs: unknownOr(fc.constantFrom(0, 1, 5, 3000, 9000)),
  minRttUs: unknownOr(fc.constantFrom(0, 1, 4, 1000)),
  lastMs: unknownOr(fc.nat(9)),
  cwnd: unknownOr(fc.nat(9)),
  sent: unknownOr(fc.constantFrom(0, 5, 3000, 9000)),
  retrans: unknownOr(fc.constantFrom(0, 5, 300)),
  send: unknownOr(fc.constantFrom(0, 5, 125, 1_000_000)),
  loss: unknownOr(fc.constantFrom(0, 0.05, 0.5)),
  state: unknownOr(fc.constantFrom('ESTABLISHED', 'nginx')),
  comm: unknownOr(fc.constantFrom('nginx', 'curl', 'ngixn', '')),
  user: unknownOr(fc.constantFrom('n', 'NGINX', 'xin-x')),
  src: unknownOr(fc.constantFrom('10.0.0.1', '2001:db8::1')),
  dst: unknownOr(fc.constantFrom('10.0.0.7', '::1')),
  sport: unknownOr(fc.constantFrom(80, 443, 5005)),
  dport: unknownOr(fc.constantFrom(80, 443, 40_000)),
  pid: unknownOr(fc.constantFrom(1, 812)),
});
