import type { Vocabulary } from '../../expression/index.js';
import type { ScalarField } from '../../fields/index.js';
import { AF_INET, formatAddress, parseAddress } from '../../netlink/index.js';
import { type ConnectionStore, rowVocabulary, type StoreRow, timeText } from '../store/index.js';
import type { GroupJson, GroupsJson } from '../wire/index.js';
import type { GroupsRequest } from './answering.js';
import { Group, type KeyValue } from './group.js';
import { RequestError } from './request-error.js';
import type { SlicedWork } from './slices.js';
import { StepSorter } from './sort-in-steps.js';
import { unknownField } from './sort-keys.js';
import { checkCount, isChosen, MAX_LIMIT, planChoice, type RowChoice } from './view-plan.js';

/** Field by which rows are grouped. */
export interface GroupField {
  readonly text: string;
  read(row: StoreRow): KeyValue;
}

/** Checked request for groups. */
export interface GroupsPlan extends RowChoice {
  readonly by: readonly GroupField[];
  readonly limit: number;
}

/** Groups that are told apart; the smallest of more are one group. */
export const MAX_GROUPS = 10_000;
const MAX_FIELDS = 2;
const DEFAULT_LIMIT = 100;

/** Checks a request. @throws ExpressionError, RequestError */
export function planGroups(request: GroupsRequest, mode: ConnectionStore['mode']): GroupsPlan {
  return {
    ...planChoice(request, mode),
    by: parseGroupFields(request.by, rowVocabulary(mode).vocabulary),
    limit: checkCount('limit', request.limit ?? DEFAULT_LIMIT, MAX_LIMIT),
  };
}

/**
 * Parses the fields by which rows are grouped: one or two with a comma.
 * @throws RequestError
 */
export function parseGroupFields(text: string, vocabulary: Vocabulary<StoreRow>): GroupField[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.length > MAX_FIELDS)
    throw new RequestError('by', `by: ${names.length} fields; at most ${MAX_FIELDS} are possible`);
  return names.map((name) => parseGroupField(name, vocabulary));
}

function parseGroupField(text: string, vocabulary: Vocabulary<StoreRow>): GroupField {
  const [, name = text, bits] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  const field = vocabulary.field(name)?.field;
  if (field === undefined) throw unknownField('by', name, vocabulary);
  if (bits === undefined) return { text, read: (row) => field.read(row) ?? null };
  if (field.type !== 'address') throw new RequestError('by', `by: ${name} is no address, so it has no prefixes`);
  return { text, read: prefixReader(field, Number(bits)) };
}

const ALL_BITS = 128;
const IPV4_BITS = 32;

/** Returns the reader of an address's prefix, e.g. `10.0.0.0/24`. A length above 32 leaves IPv4 addresses whole. */
function prefixReader(field: ScalarField<StoreRow>, length: number): (row: StoreRow) => KeyValue {
  if (length > ALL_BITS) throw new RequestError('by', `by: a prefix has at most ${ALL_BITS} bits`);
  return (row) => {
    const address = parseAddress(String(field.read(row) ?? ''));
    if (address === undefined) return null;
    const bytes = Uint8Array.from(address.bytes);
    const bits = Math.min(length, address.family === AF_INET ? IPV4_BITS : ALL_BITS);
    for (let i = 0; i < bytes.length; i++) {
      const kept = Math.min(8, Math.max(0, bits - 8 * i));
      bytes[i] = (bytes[i] ?? 0) & (0xff << (8 - kept));
    }
    return `${formatAddress(bytes, address.family)}/${bits}`;
  };
}

/** Compares groups: those with more bytes first, in archives in all, else per second; then those with more connections. */
function compareGroups(a: Group, b: Group): number {
  return b.moved - a.moved || b.connections - a.connections;
}

/** Rows that are added in one step. */
const ROWS_AT_ONCE = 64;

/** Groups the chosen rows, largest groups first, in steps. */
export function* groupsOf(store: ConnectionStore, plan: GroupsPlan): SlicedWork<GroupsJson> {
  const { generation, timeUs } = store;
  const groups = new Map<string, Group>();
  let matched = 0;
  let seen = 0;
  for (const row of [...store.rows()]) {
    if (++seen % ROWS_AT_ONCE === 0) yield;
    if (!isChosen(row, plan)) continue;
    matched++;
    const key = plan.by.map((field) => field.read(row));
    const name = JSON.stringify(key);
    let group = groups.get(name);
    if (group === undefined) {
      group = new Group(key);
      groups.set(name, group);
    }
    group.add(row);
  }
  const sorter = new StepSorter<Group>(compareGroups, groups.size);
  for (const group of groups.values()) if (sorter.add(group)) yield* sorter.tidy();
  const sorted = yield* sorter.first();
  const other = new Group(plan.by.map(() => null));
  for (const group of sorted.slice(MAX_GROUPS)) {
    other.merge(group);
    if (++seen % ROWS_AT_ONCE === 0) yield;
  }
  const shown: GroupJson[] = [];
  for (const group of sorted.slice(0, Math.min(MAX_GROUPS, plan.limit))) {
    shown.push(group.toJson(false));
    yield;
  }
  if (other.connections > 0) shown.push(other.toJson(true));
  const by = plan.by.map(({ text }) => text);
  return { time: timeText(timeUs), generation, by, matched, total: groups.size, groups: shown };
}
