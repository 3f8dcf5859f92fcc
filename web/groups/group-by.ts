import type { GroupJson } from '../../live/wire/index.js';
import { GROUPINGS, type GroupValue, groupFilter } from '../../view/rows/index.js';
import { type FieldTable, fieldName } from '../state/index.js';

/** Fields to group by of the menu: those of `top`, and the networks of peers. */
export const CHOICES: readonly { readonly by: string; readonly name: string }[] = [
  ...GROUPINGS,
  { by: 'connection.remoteAddress/24', name: 'peer network /24' },
  { by: 'process.command,connection.remotePort', name: 'process and remote port' },
];

/** Most fields at a time. */
export const MAX_FIELDS = 2;

/** Grouping of rows without processes, which would all be in one group. */
const BY_PEER = 'connection.remoteAddress';

/** Returns the fields of a place: the usual one if it names none, by process if the source knows them. */
export function byOfPlace(group: string, hasProcesses: boolean): string {
  if (group.trim() !== '') return group;
  return hasProcesses ? GROUPINGS[0].by : BY_PEER;
}

/** Returns the next field that key `a` groups by; undefined after the last one. */
export function nextBy(by: string): string | undefined {
  const at = GROUPINGS.findIndex((grouping) => grouping.by === by);
  return GROUPINGS[at + 1]?.by;
}

/** Returns the name of a grouping for people: that of the menu, else its fields. */
export function byName(by: string): string {
  const text = CHOICES.find((choice) => choice.by === by)?.name ?? by;
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** Field of a grouping, with the length of its prefix. */
interface ByField {
  readonly name: string;
  readonly bits: number | undefined;
}

function fieldsOf(by: string): ByField[] {
  return by.split(',').map((text) => {
    const [, name = text, bits] = /^([^/]*)\/(\d{1,3})$/.exec(text.trim()) ?? [];
    return { name: name.trim(), bits: bits === undefined ? undefined : Number(bits) };
  });
}

/** Terms of the language for prefixes of addresses, by field. */
const PREFIX_TERMS: Readonly<Record<string, string>> = {
  'connection.localAddress': 'src',
  'connection.remoteAddress': 'dst',
};

/**
 * Returns the filter for the connections of a group, in addition to another filter; undefined if the language has no
 * term for it: prefixes of other addresses than the two ends.
 */
export function filterOfGroup(
  filter: string,
  by: string,
  key: GroupJson['key'],
  fields: Pick<FieldTable, 'get'>,
): string | undefined {
  let chosen = filter;
  for (const [i, { name, bits }] of fieldsOf(by).entries()) {
    const value: GroupValue = key[i] ?? null;
    if (bits === undefined || value === null) {
      chosen = groupFilter(chosen, name, value);
      continue;
    }
    const field = fields.get(name);
    const term = field === undefined ? undefined : PREFIX_TERMS[fieldName(field)];
    if (term === undefined) return undefined;
    const condition = `${term} ${String(value)}`;
    chosen = chosen.trim() === '' ? condition : `(${chosen}) and ${condition}`;
  }
  return chosen;
}

/** Returns the key of a group in words. */
export function keyText({ key, other }: GroupJson): string {
  if (other === true) return 'All other groups';
  return key.map((each) => (each === null ? '(unknown)' : String(each))).join(' · ');
}

/** Returns what names a group among all of an answer. */
export function groupId({ key, other }: GroupJson): string {
  return other === true ? 'other' : JSON.stringify(key);
}
