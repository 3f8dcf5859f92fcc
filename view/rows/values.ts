import type { FieldJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity, formatShare, ownLetters, printable } from '../chart/index.js';

/** Look of values on the screen. */
export interface Look {
  /** Allows letters beyond ASCII. */
  readonly unicode: boolean;
  /** Shows rates in bytes per second instead of bits. */
  readonly bytes: boolean;
}

/** Value of a field in JSON. */
export type Cell = string | number | boolean | null | undefined | object;

/** Type of a field, as `/fields` names it. */
export type FieldType = FieldJson['type'];

const UNKNOWN = '–';

/** Formats the value of a field. Texts are safe for a terminal. */
export function valueText(value: Cell, type: FieldType, unit: string | null | undefined, look: Look): string {
  return ownLetters(plainText(value, type, unit, look), look);
}

function plainText(value: Cell, type: FieldType, unit: string | null | undefined, look: Look): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return printable(JSON.stringify(value), look);
  if (typeof value === 'string') return type === 'time' ? dateAndTime(value) : printable(value, look);
  switch (type) {
    case 'duration':
      return zeroOr(value, () => formatQuantity(unit === 'ms' ? value * 1000 : value, 'duration'));
    case 'bytes':
      return zeroOr(value, () => formatQuantity(value, 'bytes'));
    case 'rate':
      return rateText(value, look);
    case 'ratio':
      return formatShare(value);
    case 'port':
    case 'number':
      // No count: identifiers, and gains of BBR. They are copied into other commands.
      return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
    default:
      return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(3)));
  }
}

/** Formats a rate given in bytes per second. */
export function rateText(bytesPerSec: number | null, { bytes, unicode }: Look): string {
  if (bytesPerSec === null) return ownLetters(UNKNOWN, { unicode });
  if (bytesPerSec === 0) return '0';
  return bytes ? `${formatQuantity(bytesPerSec, 'bytes')}/s` : formatQuantity(bytesPerSec, 'rate');
}

function zeroOr(value: number, format: () => string): string {
  return value === 0 ? '0' : format();
}

/** Returns an RFC 3339 time to the second, in UTC. With its date: connections, and archives, may be days old. */
function dateAndTime(time: string): string {
  const [, date, ofDay] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(time) ?? [];
  return date === undefined ? printable(time, { unicode: true }) : `${date} ${ofDay}`;
}

const SECOND_US = 1e6;

/** Formats an age in two units at most that change once a second: `12 s`, `3 min`, `2 h`. */
export function ageText(us: number): string {
  if (us < SECOND_US) return '<1 s';
  if (us < 120 * SECOND_US) return `${Math.floor(us / SECOND_US)} s`;
  if (us < 7200 * SECOND_US) return `${Math.floor(us / (60 * SECOND_US))} min`;
  if (us < 172_800 * SECOND_US) return `${Math.floor(us / (3600 * SECOND_US))} h`;
  return `${Math.floor(us / (86_400 * SECOND_US))} d`;
}
