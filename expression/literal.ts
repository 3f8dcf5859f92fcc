import { type PortRange, type Prefix, parsePortRange, parsePrefix } from '../inetdiag/index.js';
import { ExpressionError, quote } from './error.js';

const EXAMPLE_TIME = '2026-11-28T19:05:00Z';
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?(Z|[+-]\d{2}:\d{2})?$/i;
const US_PER_MS = 1000;

/**
 * Parses a time, `2026-11-28` or `2026-11-28T19:05:02.5+01:00`; UTC without a zone. Returns microseconds since 1970.
 * @throws ExpressionError
 */
export function parseTimeLiteral(text: string, at: number): number {
  const [, day, time = '00:00', zone = 'Z'] = TIME.exec(text) ?? [];
  const milliseconds = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(milliseconds)) {
    throw new ExpressionError(at, `${quote(text)} is no time; "${EXAMPLE_TIME}"?`, [`"${EXAMPLE_TIME}"`]);
  }
  return milliseconds * US_PER_MS;
}

/**
 * Parses `true` or `false`.
 * @throws ExpressionError
 */
export function parseBooleanLiteral(text: string, at: number): boolean {
  const word = text.toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  throw new ExpressionError(at, `${quote(text)} is neither true nor false`, ['true', 'false']);
}

/**
 * Parses an address or a prefix as in rules of `-filter`.
 * @throws ExpressionError
 */
export function parsePrefixLiteral(text: string, at: number): Prefix {
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return prefix;
  const reason = `${quote(text)} is no address and no prefix without host bits; 10.0.0.0/8, 2001:db8::1?`;
  throw new ExpressionError(at, reason, ['an address', 'a prefix']);
}

/**
 * Parses a port or a range of ports as in rules of `-filter`.
 * @throws ExpressionError
 */
export function parsePortLiteral(text: string, at: number): PortRange {
  const range = parsePortRange(text);
  if (range !== undefined) return range;
  throw new ExpressionError(at, `${quote(text)} is no port and no range of ports; 443, 5000-5010?`, [
    'a port',
    'a range',
  ]);
}
