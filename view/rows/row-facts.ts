import type { ConnectionAnswerJson, RowJson } from '../../live/wire/index.js';
import { formatQuantity, formatThings, ownLetters, printable } from '../chart/index.js';
import { endedWords } from '../words/index.js';
import { rowValue } from './row-field.js';
import type { DescribedField } from './row-fields.js';
import { type Cell, type Look, valueText } from './values.js';

/** Known value of a row, in words. */
export interface RowFact {
  /** Name, without the part; a key of an object has the object's name before it. */
  readonly name: string;
  readonly text: string;
  readonly value: Cell;
  readonly field: DescribedField;
}

/** Facts of one part of a row. */
export interface RowFactPart {
  readonly title: string;
  readonly facts: readonly RowFact[];
}

/** Title of each part of a row, in the order shown. */
const PARTS = [
  { part: '', title: 'Connection' },
  { part: 'process', title: 'Process' },
  { part: 'cgroup', title: 'Cgroup' },
  { part: 'nat', title: 'Translation (NAT)' },
  { part: 'watch', title: 'Watch' },
  { part: 'pair', title: 'Other end' },
  { part: 'mptcp', title: 'MPTCP' },
  { part: 'now', title: 'Last second' },
  { part: 'connection', title: 'Since its first record' },
] as const;

/** Lists every known value of a row by parts; parts without any are left out. */
export function rowFacts(row: RowJson, fields: readonly DescribedField[], look: Look): RowFactPart[] {
  return PARTS.flatMap(({ part, title }) => {
    const facts = fields
      .filter((field) => field.part === part)
      .flatMap((field): RowFact[] => {
        const value = rowValue(row, field.part, field.name);
        if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return [];
        if (typeof value === 'object' && !Array.isArray(value)) return partsOf(field, value, fields, look);
        const text = nameOf(field, value) ?? valueText(value, field.type, field.unit, look);
        return [{ name: field.name, text, value, field }];
      });
    return facts.length === 0 ? [] : [{ title, facts }];
  });
}

/** Returns each known value of an object, with the type of the field of this name, or else of the object itself. */
function partsOf(field: DescribedField, value: object, fields: readonly DescribedField[], look: Look): RowFact[] {
  const { part, name, unit } = field;
  return Object.entries(value).flatMap(([key, each]: [string, Cell]): RowFact[] => {
    // Causes that took no time say nothing.
    if (each === null || each === undefined || (each === 0 && unit === 'us')) return [];
    const own = fields.find((other) => other.part === part && other.name === key);
    const type = own?.type ?? (unit === 'us' ? 'duration' : 'text');
    const text = valueText(each, type, own === undefined ? unit : own.unit, look);
    return [{ name: `${name}.${printable(key, look)}`, text, value: each, field: own ?? field }];
  });
}

/** Returns the name of a value that the kernel has as a number. */
function nameOf({ name, values }: DescribedField, value: Cell): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (name === 'family') return FAMILIES.get(value);
  // The kernel counts states from 1, and the table has their names in this order.
  return name === 'lastState' ? String(values?.[value - 1] ?? `UNKNOWN(${value})`) : undefined;
}

/** Names of address families: AF_INET and AF_INET6 of include/linux/socket.h. The page loads no table of the kernel. */
const FAMILIES: ReadonlyMap<number, string> = new Map([
  [2, 'IPv4'],
  [10, 'IPv6'],
]);

/** Returns the round-trip times of the last time in words. */
export function rttText({ stats: { windowUs, rttUs } }: ConnectionAnswerJson, look: Look): string {
  const value = (us: number | null): string => formatQuantity(us, 'duration');
  return ownLetters(
    `RTT of the last ${value(windowUs)}: min ${value(rttUs.min)}, median ${value(rttUs.p50)}, p95 ${value(rttUs.p95)}, max ${value(rttUs.max)}`,
    look,
  );
}

/** Returns how a row ended, and who else holds its socket; undefined if there is nothing to say. */
export function endingText({ open, connection, process }: RowJson, look: Look): string | undefined {
  const others = process?.otherPids ?? 0;
  const words: string[] = [];
  if (open === false && connection?.howEnded !== undefined) {
    words.push(
      `Ended: ${endedWords({
        howEnded: connection.howEnded,
        closedFirst: connection.closedFirst ?? 'unknown',
        endingUnknownBecause: connection.endingUnknownBecause ?? null,
      })}`,
    );
  }
  if (others > 0) words.push(`${formatThings(others, 'other process holds', 'other processes hold')} the socket, too`);
  return words.length === 0 ? undefined : ownLetters(printable(words.join('; '), look), look);
}
