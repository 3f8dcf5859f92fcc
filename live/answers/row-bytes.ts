import { type FieldJsonValue, isScalar, type RowField } from '../../fields/index.js';
import { type RowPart, rowVocabulary, type StoreRow } from '../store/index.js';
import type { JsonBytes } from './json-bytes.js';
import { type ChosenFields, parseFields } from './row-json.js';

/** Writes a row as JSON. */
export type RowWriter = (row: StoreRow, into: JsonBytes) => void;

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const EMPTY_LIST = Buffer.from('[]');
/** ASCII code of `}`. */
const END = 0x7d;

/**
 * Returns whether a row has a part. Here and elsewhere in what lists read of each row, properties are read by their
 * names: by a variable it takes several times as long.
 */
const HAS: Readonly<Record<RowPart, (row: StoreRow) => boolean>> = {
  connection: () => true,
  now: ({ now }) => now !== null,
  process: ({ process }) => process !== null,
  cgroup: ({ cgroup }) => cgroup !== null,
  nat: ({ nat }) => nat !== null,
  watch: ({ watch }) => watch !== null,
  pair: ({ pair }) => pair !== null,
  mptcp: ({ mptcp }) => mptcp !== null,
};

/** Creates a function that writes rows as `JSON.stringify(rowJson(row, fields))` does, without making objects. */
export function rowWriter({ top, parts }: ChosenFields): RowWriter {
  const members = new Members('{', top);
  const objects = parts.map(({ part, fields }, i) => {
    const name = `${top.length + i === 0 ? '' : ','}${JSON.stringify(part)}:`;
    return { has: HAS[part], missing: Buffer.from(`${name}null`), members: new Members(`${name}{`, fields) };
  });
  return (row, into) => {
    members.write(row, into);
    for (const { has, missing, members: inner } of objects) {
      if (has(row)) {
        inner.write(row, into);
        into.byte(END);
      } else {
        into.raw(missing);
      }
    }
    into.byte(END);
  };
}

/** Member of an object, or several whose values never change. */
interface Member {
  /** Name as it is written, with the comma before it. */
  readonly name: Uint8Array;
  readonly nameAndNull: Uint8Array;
  readonly read: (row: StoreRow) => FieldJsonValue | undefined;
  /** Text of the members whose values never change; the others are absent for it. */
  readonly fixed: FixedText | undefined;
}

/** Text of members whose values never change. */
interface FixedText {
  /** Place of the text among those that a row keeps. */
  readonly place: number;
  make(row: StoreRow): string;
}

/** Members of an object. */
class Members {
  readonly #begin: Uint8Array;
  readonly #members: readonly Member[];

  /** @param begin text before the first member */
  constructor(begin: string, fields: readonly RowField<StoreRow>[]) {
    this.#begin = Buffer.from(begin);
    this.#members = membersOf(begin, fields);
  }

  write(row: StoreRow, into: JsonBytes): void {
    const members = this.#members;
    if (members.length === 0) into.raw(this.#begin);
    for (let i = 0; i < members.length; i++) {
      const member = members[i];
      if (member === undefined) continue;
      if (member.fixed !== undefined) {
        into.text(fixedText(row, member.fixed));
        continue;
      }
      const value = member.read(row);
      if (value === null || value === undefined) {
        into.raw(member.nameAndNull);
        continue;
      }
      into.raw(member.name);
      if (typeof value === 'number') into.number(value);
      else if (typeof value === 'string') into.string(value);
      else if (typeof value === 'boolean') into.raw(value ? TRUE : FALSE);
      else if (Array.isArray(value) && value.length === 0) into.raw(EMPTY_LIST);
      else into.json(value);
    }
  }
}

function membersOf(begin: string, fields: readonly RowField<StoreRow>[]): Member[] {
  const members: Member[] = [];
  for (let i = 0; i < fields.length; ) {
    const run = fixedRun(begin, fields, i);
    const place = KEPT.indexOf(run.map(({ name }) => name).join(''));
    const [first = namedAt(begin, fields, i)] = run;
    const { name, read } = first;
    members.push({
      name: Buffer.from(name),
      nameAndNull: Buffer.from(`${name}null`),
      read,
      fixed: place === -1 ? undefined : { place, make: (row) => runText(run, row) },
    });
    i += place === -1 ? 1 : run.length;
  }
  return members;
}

/** Name of a member as it is written, and the reader of its value. */
interface NamedReader {
  readonly name: string;
  readonly read: Member['read'];
}

function namedAt(begin: string, fields: readonly RowField<StoreRow>[], i: number): NamedReader {
  const field = fields[i];
  if (field === undefined) throw new TypeError(`there is no field ${i}`);
  return { name: `${i === 0 ? begin : ','}${JSON.stringify(field.name)}:`, read: readerOf(field) };
}

/** Returns the members from a place on whose values never change. */
function fixedRun(begin: string, fields: readonly RowField<StoreRow>[], from: number): NamedReader[] {
  const run: NamedReader[] = [];
  for (let i = from; fields[i]?.isFixed === true; i++) run.push(namedAt(begin, fields, i));
  return run;
}

function runText(run: readonly NamedReader[], row: StoreRow): string {
  return run.map(({ name, read }) => `${name}${JSON.stringify(read(row) ?? null)}`).join('');
}

/** Names in the texts that rows keep: those of the default fields, so that no request makes rows larger. */
const KEPT = defaultRuns();

function defaultRuns(): string[] {
  const { top, parts } = parseFields('default', rowVocabulary('live'));
  const objects = [
    { begin: '{', fields: top },
    ...parts.map(({ part, fields }) => ({ begin: `,${JSON.stringify(part)}:{`, fields })),
  ];
  return objects.flatMap(({ begin, fields }) => {
    const runs: string[] = [];
    for (let i = 0; i < fields.length; i++) {
      const run = fixedRun(begin, fields, i);
      if (run.length < 2) continue;
      runs.push(run.map(({ name }) => name).join(''));
      i += run.length;
    }
    return runs;
  });
}

/** Returns the text of values that never change: a list is written in half of the time with those of the last one. */
function fixedText(row: StoreRow, { place, make }: FixedText): string {
  if (row.kept === undefined) return make(row);
  row.kept ??= [];
  const kept = row.kept[place];
  if (kept !== undefined) return kept;
  const text = make(row);
  row.kept[place] = text;
  return text;
}

function readerOf(field: RowField<StoreRow>): (row: StoreRow) => FieldJsonValue | undefined {
  const { json, name } = field;
  if (json !== undefined) return json;
  if (!isScalar(field)) throw new TypeError(`field ${name} has no value`);
  return field.read;
}
