import { comparableAddress } from '../inetdiag/index.js';
import { parseAddress } from '../netlink/index.js';
import type { NonNumeric, Numeric, Test } from './checked.js';
import type { AddressField } from './field.js';
import type { ComparisonOperator } from './tree.js';

/** Evaluation of a condition: null is unknown. */
export type Evaluate<Row> = (row: Row) => boolean | null;

/** Reader of a value: null is unknown. */
export type Read<Row, T> = (row: Row) => T | null;

/** Compiles a checked condition to closures. */
export function compileTest<Row>(test: Test<Row>): Evaluate<Row> {
  switch (test.kind) {
    case 'and':
      return allOf(test.parts.map(compileTest));
    case 'or':
      return anyOf(test.parts.map(compileTest));
    case 'search': {
      const parts = test.parts.map(compileTest);
      return (row) => parts.some((part) => part(row) === true);
    }
    case 'not': {
      const part = compileTest(test.part);
      return (row) => negation(part(row));
    }
    case 'comparison':
      if (test.right.kind === 'constant') {
        return compareWith(test.operator, compileNumeric(test.left), test.right.value);
      }
      return compileComparison(test.operator, compileNumeric(test.left), compileNumeric(test.right));
    case 'isNull': {
      const read = compileNumeric(test.value);
      return (row) => read(row) === null;
    }
    case 'isMissing': {
      const { field } = test;
      return (row) => (field.read(row) ?? null) === null;
    }
    case 'equals': {
      const { field, text } = test;
      return known(
        (row) => field.read(row),
        (value) => value.toLowerCase() === text,
      );
    }
    case 'contains': {
      const { field, text } = test;
      return known(
        (row) => field.read(row),
        (value) => value.toLowerCase().includes(text),
      );
    }
    case 'glob': {
      const { field, glob } = test;
      return known(
        (row) => field.read(row),
        (value) => glob.matches(value.toLowerCase()),
      );
    }
    case 'isTrue': {
      const { field } = test;
      return (row) => field.read(row) ?? null;
    }
    case 'prefixes': {
      const { field, prefixes } = test;
      return known(bytesReader(field), (bytes) => prefixes.has(bytes));
    }
    case 'ports': {
      const { field, ports } = test;
      return known(
        (row) => field.read(row),
        (port) => ports.has(port),
      );
    }
    case 'same': {
      const [left, right] = [comparableReader(test.left), comparableReader(test.right)];
      return (row) => {
        const [a, b] = [left(row), right(row)];
        return a === null || b === null ? null : a === b;
      };
    }
  }
}

/** False if a part is false, else unknown if a part is unknown. */
function allOf<Row>(parts: readonly Evaluate<Row>[]): Evaluate<Row> {
  return (row) => {
    let result: boolean | null = true;
    for (const part of parts) {
      const value = part(row);
      if (value === false) return false;
      if (value === null) result = null;
    }
    return result;
  };
}

/** True if a part is true, else unknown if a part is unknown. */
function anyOf<Row>(parts: readonly Evaluate<Row>[]): Evaluate<Row> {
  return (row) => {
    let result: boolean | null = false;
    for (const part of parts) {
      const value = part(row);
      if (value === true) return true;
      if (value === null) result = null;
    }
    return result;
  };
}

function negation(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

/** Returns the test of a value, which is unknown if the value is. */
function known<Row, T>(read: (row: Row) => T | null | undefined, accepts: (value: T) => boolean): Evaluate<Row> {
  return (row) => {
    const value = read(row);
    return value === null || value === undefined ? null : accepts(value);
  };
}

const COMPARE: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function compileComparison<Row>(
  operator: ComparisonOperator,
  left: Read<Row, number>,
  right: Read<Row, number>,
): Evaluate<Row> {
  const compare = COMPARE[operator];
  return (row) => {
    const a = left(row);
    if (a === null) return null;
    const b = right(row);
    return b === null ? null : compare(a, b);
  };
}

/** Compares with a constant: the most frequent comparison, in as few calls as possible. */
function compareWith<Row>(operator: ComparisonOperator, left: Read<Row, number>, right: number): Evaluate<Row> {
  switch (operator) {
    case '>':
      return (row) => {
        const value = left(row);
        return value === null ? null : value > right;
      };
    case '<':
      return (row) => {
        const value = left(row);
        return value === null ? null : value < right;
      };
    default: {
      const compare = COMPARE[operator];
      return (row) => {
        const value = left(row);
        return value === null ? null : compare(value, right);
      };
    }
  }
}

/** Compiles a checked number. A result that is not finite, such as a quotient by zero, is unknown. */
export function compileNumeric<Row>(numeric: Numeric<Row>): Read<Row, number> {
  if (numeric.kind === 'constant') {
    const { value } = numeric;
    return () => value;
  }
  if (numeric.kind === 'reading') {
    const { field, factor } = numeric;
    if (factor === 1) {
      return (row) => {
        const value = field.read(row);
        return value === null || value === undefined || !Number.isFinite(value) ? null : value;
      };
    }
    return (row) => finite((field.read(row) ?? Number.NaN) * factor);
  }
  const { operator, factor } = numeric;
  const [left, right] = [compileNumeric(numeric.left), compileNumeric(numeric.right)];
  const calculate = CALCULATE[operator];
  return (row) => {
    const a = left(row);
    if (a === null) return null;
    const b = right(row);
    return b === null ? null : finite(calculate(a, b) * factor);
  };
}

const CALCULATE = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
} as const;

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Returns a reader of values that are equal by `===` if they are the same: texts in lower case, addresses by bytes. */
function comparableReader<Row>(field: NonNumeric<Row>): Read<Row, string | boolean> {
  if (field.type === 'boolean') return (row) => field.read(row) ?? null;
  if (field.type === 'text') return (row) => field.read(row)?.toLowerCase() ?? null;
  const read = bytesReader(field);
  return (row) => read(row)?.join() ?? null;
}

/** Returns a reader of an address's 16 bytes. A text that is no address is unknown. */
function bytesReader<Row>(field: AddressField<Row>): Read<Row, Uint8Array> {
  if (field.readBytes !== undefined) return (row) => field.readBytes?.(row) ?? null;
  return (row) => {
    const text = field.read(row);
    const address = text === null || text === undefined ? undefined : parseAddress(text);
    return address === undefined ? null : comparableAddress(address.bytes, address.family);
  };
}
