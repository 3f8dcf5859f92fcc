import { ROW_FIELDS } from '../../live/store/index.js';
import type { ConnectionAnswerJson, RowJson } from '../../live/wire/index.js';
import { AF_INET, AF_INET6 } from '../../netlink/index.js';
import { tcpStateName } from '../../tcp/index.js';
import { formatQuantity, formatThings, ownLetters, printable, textWidth } from '../chart/index.js';
import { endedWords } from '../index.js';
import { type Cell, cutText, type FieldType, type Look, rowValue, valueText } from '../rows/index.js';
import { type Line, line, type Span, span } from './line.js';

/** Title of each part of a row, in the order shown. */
const PARTS = [
  { part: '', title: 'Connection' },
  { part: 'process', title: 'Process' },
  { part: 'cgroup', title: 'Cgroup' },
  { part: 'nat', title: 'Translation (NAT)' },
  { part: 'now', title: 'Last second' },
  { part: 'connection', title: 'Since its first record' },
] as const;

const APART = 3;

/** Lists every value of a row that is known, in columns. */
export function detailFacts(
  row: RowJson,
  answer: ConnectionAnswerJson | undefined,
  columns: number,
  look: Look,
): Line[] {
  const ended = endedLine(row, look);
  return [
    ...(answer === undefined ? [] : [statsLine(answer, look)]),
    ...(ended === undefined ? [] : [ended]),
    ...PARTS.flatMap(({ part, title }) => {
      const facts = ROW_FIELDS.filter((field) => field.part === part).flatMap((field): [string, string][] => {
        const value = rowValue(row, field.part, field.name);
        if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return [];
        if (typeof value === 'object' && !Array.isArray(value)) return partsOf(field, value, look);
        return [[field.name, nameOf(field.name, value) ?? valueText(value, field.type, field.unit, look)]];
      });
      return facts.length === 0 ? [] : [line(title, 'heading'), ...inColumns(facts, columns, look)];
    }),
  ];
}

/** Returns each known value of an object, with the type of the field of this name, or else of the object itself. */
function partsOf({ part, name, unit }: (typeof ROW_FIELDS)[number], value: object, look: Look): [string, string][] {
  return Object.entries(value).flatMap(([key, each]: [string, Cell]): [string, string][] => {
    // Causes that took no time say nothing.
    if (each === null || each === undefined || (each === 0 && unit === 'us')) return [];
    const own = ROW_FIELDS.find((field) => field.part === part && field.name === key);
    const [type, ownUnit] = own === undefined ? [unit === 'us' ? 'duration' : 'text', unit] : [own.type, own.unit];
    return [[`${name}.${printable(key, look)}`, valueText(each, type as FieldType, ownUnit, look)]];
  });
}

/** Returns the name of a value that the kernel has as a number. */
function nameOf(field: string, value: Cell): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (field === 'lastState') return tcpStateName(value);
  return field === 'family' ? FAMILIES.get(value) : undefined;
}

/** Names of address families. */
const FAMILIES: ReadonlyMap<number, string> = new Map([
  [AF_INET, 'IPv4'],
  [AF_INET6, 'IPv6'],
]);

function statsLine({ stats: { windowUs, rttUs } }: ConnectionAnswerJson, look: Look): Line {
  const value = (us: number | null): string => formatQuantity(us, 'duration');
  const text = `RTT of the last ${value(windowUs)}: min ${value(rttUs.min)}, median ${value(rttUs.p50)}, p95 ${value(rttUs.p95)}, max ${value(rttUs.max)}`;
  return line(ownLetters(text, look));
}

function endedLine({ open, connection, process }: RowJson, look: Look): Line | undefined {
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
  return words.length === 0 ? undefined : line(ownLetters(printable(words.join('; '), look), look));
}

/** Widest value that stands beside others. */
const LONGEST_BESIDE = 24;

/** Lays out names and values side by side, as many as fit, read from top to bottom; long values have their own lines. */
function inColumns(facts: readonly (readonly [string, string])[], columns: number, look: Look): Line[] {
  const isLong = ([, text]: readonly [string, string]): boolean => textWidth(text) > LONGEST_BESIDE;
  const short = facts.filter((fact) => !isLong(fact));
  const name = Math.max(...facts.map(([text]) => text.length));
  const value = Math.max(0, ...short.map(([, text]) => textWidth(text)));
  const perLine = Math.max(1, Math.floor((columns + APART) / (name + 2 + value + APART)));
  const height = Math.ceil(short.length / perLine);
  const label = (text: string): Span => span(`${text.padEnd(name)}  `, 'faint');
  return [
    ...facts.filter(isLong).map(([title, text]): Line => {
      return [label(title), span(cutText(text, Math.max(value, columns - name - 2), look.unicode))];
    }),
    ...Array.from({ length: height }, (_, i): Line => {
      const cells = Array.from({ length: perLine }, (__, column) => short[column * height + i]);
      return cells.flatMap((fact) => {
        if (fact === undefined) return [];
        return [label(fact[0]), span(fact[1] + ' '.repeat(value - textWidth(fact[1]) + APART))];
      });
    }),
  ];
}
