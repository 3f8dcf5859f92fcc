import type { ArithmeticOperator } from './tree.js';
import type { Dimension } from './units.js';

/**
 * Type of a number. A quotient of two equal types is comparable with a percentage as well as with a number: both
 * `bytesRetrans / bytesSent > 5%` and `rtt / minrtt > 3` are right.
 */
export type NumericType = Dimension | 'plain' | 'quotient' | 'time';

const PHRASES = {
  duration: 'a duration',
  bytes: 'a number of bytes',
  rate: 'a rate',
  ratio: 'a ratio',
  plain: 'a number without unit',
  quotient: 'a number without unit',
  time: 'a time',
  text: 'a text',
  boolean: 'true or false',
  address: 'an address',
} as const;

/** Returns a type in words. */
export function phraseOf(type: keyof typeof PHRASES): string {
  return PHRASES[type];
}

/** Type of a result, and the factor that brings the operation on base units to the result's base unit. */
export interface ResultType {
  readonly type: NumericType;
  readonly factor: number;
}

const US_PER_SECOND = 1e6;

/** Products and quotients of quantities that make another quantity. */
const CONVERSIONS: readonly (readonly [NumericType, ArithmeticOperator, NumericType, ResultType])[] = [
  ['rate', '*', 'duration', { type: 'bytes', factor: 1 / US_PER_SECOND }],
  ['duration', '*', 'rate', { type: 'bytes', factor: 1 / US_PER_SECOND }],
  ['bytes', '/', 'duration', { type: 'rate', factor: US_PER_SECOND }],
  ['bytes', '/', 'rate', { type: 'duration', factor: US_PER_SECOND }],
];

/** Returns the type of a product or a quotient; undefined without one. */
export function productType(left: NumericType, operator: '*' | '/', right: NumericType): ResultType | undefined {
  if (left === 'time' || right === 'time') return undefined;
  if (operator === '/' && left === right) return { type: 'quotient', factor: 1 };
  if (isPure(right)) return { type: isPure(left) ? pureType(left, right) : left, factor: 1 };
  if (isPure(left) && operator === '*') return { type: right, factor: 1 };
  return CONVERSIONS.find(([a, by, b]) => a === left && by === operator && b === right)?.[3];
}

/** Returns the type of a sum or a difference whose sides have different types, one of them a time; else undefined. */
export function timeSumType(left: NumericType, operator: '+' | '-', right: NumericType): NumericType | undefined {
  if (left === 'time' && right === 'time') return operator === '-' ? 'duration' : undefined;
  if (left === 'time' && right === 'duration') return 'time';
  return left === 'duration' && right === 'time' && operator === '+' ? 'time' : undefined;
}

/** Returns the type that two sides of a comparison or sum have in common; undefined without one. */
export function commonType(left: NumericType, right: NumericType): NumericType | undefined {
  if (left === right) return left;
  if (left === 'quotient' && isPure(right)) return right;
  return right === 'quotient' && isPure(left) ? left : undefined;
}

/** Returns whether a type has no unit but `%`. */
export function isPure(type: NumericType): boolean {
  return type === 'plain' || type === 'quotient' || type === 'ratio';
}

function pureType(left: NumericType, right: NumericType): NumericType {
  if (left === 'ratio' || right === 'ratio') return 'ratio';
  return left === 'plain' && right === 'plain' ? 'plain' : 'quotient';
}
