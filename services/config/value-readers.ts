import { type Prefix, parsePrefix } from '../../inetdiag/index.js';
import { formatAddress, parseAddress } from '../../netlink/index.js';
import { parseLongDurationNs, parseSize } from '../../words/index.js';
import { parseBackendHost, parseListenHost, parsePorts } from './listen-address.js';
import { type ClientPrefix, MAX_DUMP_RATE } from './service-config.js';
import type { ReportAt, YamlEntry, YamlValue } from './yaml-tree.js';

/** Reads the value of a key. Reports what is wrong and then returns undefined. */
export type ValueReader<T> = (value: YamlValue, report: ReportAt) => T | undefined;

/** Most prefixes in a file. */
export const MAX_PREFIXES = 65_536;
/** Longest time: 100 years in milliseconds. */
const MAX_MS = 100 * 366 * 86_400_000;

/** Reads a text that `parse` accepts. */
export function textReader<T>(expected: string, parse: (text: string) => T | undefined): ValueReader<T> {
  return (value, report) => {
    if (value.kind !== 'scalar') {
      report(value.at, `expected ${expected}, found a ${value.kind === 'map' ? 'mapping' : 'list'}`);
      return undefined;
    }
    const parsed = value.text === '' ? undefined : parse(value.text);
    if (parsed === undefined) report(value.at, `expected ${expected}, found ${found(value.text)}`);
    return parsed;
  };
}

/** Reads one of some words. */
export function wordReader<const W extends string>(words: readonly W[]): ValueReader<W> {
  return textReader(words.join(' or '), (text) => words.find((word) => word === text));
}

/** Reads a time: a number of seconds, or a duration such as `10m`, to whole milliseconds. */
export const readDurationMs: ValueReader<number> = textReader('seconds, or a duration such as 10m', (text) => {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1e9 : parseLongDurationNs(text);
  if (seconds === undefined) return undefined;
  const ms = Math.round(seconds / 1e6);
  // Less than a millisecond would become 0, which is off.
  return ms > MAX_MS || (ms === 0 && seconds > 0) ? undefined : ms;
});

/** Reads a limit: a whole number, 0 for no limit. */
export const readLimit: ValueReader<number> = textReader('a whole number, 0 for no limit', (text) => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
});

/** Reads a size such as `64KiB`, to bytes. */
export const readSize: ValueReader<number> = textReader('a size such as 64KiB', parseSize);

/** Reads a number of bytes a second for dumps, from 1. */
export const readDumpRate: ValueReader<number> = textReader('a size from 1 to 64MiB', (text) => {
  const bytes = parseSize(text);
  return bytes !== undefined && bytes >= 1 && bytes <= MAX_DUMP_RATE ? bytes : undefined;
});

/** Reads true or false. */
export const readBoolean: ValueReader<boolean> = textReader('true or false', (text) => {
  const lower = text.toLowerCase();
  // Also the words of YAML 1.1, which gihnius/monconn reads.
  if (['true', 'yes', 'on', 'y'].includes(lower)) return true;
  return ['false', 'no', 'off', 'n'].includes(lower) ? false : undefined;
});

/** Reads the address of a listener. */
export const readListenHost: ValueReader<{ readonly host: string | undefined }> = (value, report) =>
  value.kind === 'scalar' && value.text === ''
    ? { host: undefined }
    : textReader('an IP address, [IPv6] or "*"', parseListenHost)(value, report);

/** Reads a port, several, or ranges. */
export const readPorts: ValueReader<ReturnType<typeof parsePorts>> = (value, report) => {
  if (value.kind !== 'list') return readPortText(value, report);
  const parts = value.items.map((item) => readPortText(item, report));
  return parts.includes(undefined) ? undefined : parsePorts(textsOf(value.items).join(','));
};

const readPortText = textReader('ports from 1 to 65535, such as 80 or 443,8000-8010', parsePorts);

/** Reads a backend's address or name. */
export const readBackendHost: ValueReader<string> = textReader('an IP address or a name', parseBackendHost);

/** Reads a backend's port. */
export const readPort: ValueReader<number> = textReader('a port from 1 to 65535', (text) => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
});

/** Reads the source of connections to the backend. */
export const readSource: ValueReader<'client' | 'system' | { readonly address: string }> = textReader(
  'client, system or an IP address',
  (text) => {
    if (text === 'client' || text === 'system') return text;
    const address = parseAddress(text);
    return address === undefined ? undefined : { address: formatAddress(address.bytes, address.family) };
  },
);

/** Reads the path of a file. */
export const readPath: ValueReader<string> = textReader('a path', (text) => (text.includes('\0') ? undefined : text));

/** Reads a list of addresses and prefixes; no value is an empty list. */
export const readPrefixes: ValueReader<readonly Prefix[]> = (value, report) => {
  if (value.kind === 'scalar' && value.text === '') return [];
  const items = value.kind === 'list' ? value.items : [value];
  return items.flatMap((item) => readPrefix(item, report) ?? []);
};

const readPrefix = textReader('an address or a prefix without host bits, such as 10.0.0.0/8', parsePrefix);

/** Reads `{v4: 32, v6: 64}`; both are optional. */
export const readClientPrefix: ValueReader<Partial<ClientPrefix>> = (value, report) => {
  if (value.kind !== 'map') {
    report(value.at, 'expected a mapping such as {v4: 32, v6: 64}');
    return undefined;
  }
  const bits: { v4?: number; v6?: number } = {};
  for (const { key, value: length } of uniqueEntries(value.entries, report)) {
    if (key.text === 'v4' || key.text === 'v6') {
      const read = BITS[key.text](length, report);
      if (read !== undefined) bits[key.text] = read;
    } else {
      report(key.at, `unknown key ${found(key.text)}: expected v4 or v6`);
    }
  }
  return bits;
};

const BITS = { v4: bitsReader(32), v6: bitsReader(128) };

function bitsReader(most: number): ValueReader<number> {
  return textReader(`a number of bits from 0 to ${most}`, (text) => {
    const bits = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
    return bits <= most ? bits : undefined;
  });
}

/** Returns the entries of a mapping without those whose key was there before, which are reported. */
export function uniqueEntries(entries: readonly YamlEntry[], report: ReportAt): YamlEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ key }) => {
    if (seen.has(key.text)) report(key.at, `key ${found(key.text)} is here twice`);
    return !seen.has(key.text) && seen.add(key.text);
  });
}

/** Quotes a text of the file for a message; long ones are cut. */
export function found(text: string): string {
  if (text === '') return 'no value';
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return JSON.stringify(shown);
}

function textsOf(items: readonly YamlValue[]): string[] {
  return items.map((item) => (item.kind === 'scalar' ? item.text : ''));
}
