import { atWorkUs, WORK_CAUSES } from '../../analysis/index.js';
import { Vocabulary } from '../../expression/index.js';
import {
  CONNECTION_FLAGS,
  connectionFields,
  isScalar,
  type RowField,
  WHOLE_ALIASES,
  wholeRates,
  workFields,
} from '../../fields/index.js';
import { CONNECTION_READERS, ofRow, ROW_FIELDS, ROW_FLAGS, ROW_VOCABULARY, SEARCHED } from './row-fields.js';
import type { StoreRow } from './store-row.js';

/** Table of fields and flags of rows, and the names that expressions may use. */
export interface RowVocabulary {
  readonly fields: readonly RowField<StoreRow>[];
  readonly flags: typeof ROW_FLAGS;
  readonly vocabulary: Vocabulary<StoreRow>;
}

const LIVE: RowVocabulary = { fields: ROW_FIELDS, flags: ROW_FLAGS, vocabulary: ROW_VOCABULARY };

const connection = (row: StoreRow): StoreRow['connection'] => row.connection;

/** Sorting by it would make all rows of archives. */
function workUs(row: StoreRow): number {
  if (row.limitedUs === undefined) return atWorkUs(row.connection);
  let sum = 0;
  for (const cause of WORK_CAUSES) sum += row.limitedUs(cause);
  return sum;
}

/** Values of connections as a whole. Archives know each record, so they have medians, too. */
const WHOLE: readonly RowField<StoreRow>[] = [
  ...connectionFields<StoreRow>({ ...CONNECTION_READERS, aliases: WHOLE_ALIASES }),
  ...workFields(connection, workUs),
  ...wholeRates(connection),
];

const WHOLE_NAMES = new Set(WHOLE.flatMap(({ name, aliases = [] }) => [name, ...aliases]).map(lower));

const ARCHIVE_FIELDS: readonly RowField<StoreRow>[] = ROW_FIELDS.filter(({ part }) => part !== 'connection').flatMap(
  (field, i, rest) => {
    const isLastNow = field.part === 'now' && rest[i + 1]?.part !== 'now';
    const own = field.part === 'now' ? besideWhole(field) : field;
    return isLastNow ? [own, ...WHOLE] : [own];
  },
);

const WHOLE_FLAGS = CONNECTION_FLAGS.map(ofRow);
const ARCHIVE_FLAGS: typeof ROW_FLAGS = [
  ...ROW_FLAGS.map((flag) => WHOLE_FLAGS.find(({ name }) => name === flag.name) ?? flag),
  ...WHOLE_FLAGS.filter(({ name }) => !ROW_FLAGS.some((flag) => flag.name === name)),
];

const ARCHIVE: RowVocabulary = {
  fields: ARCHIVE_FIELDS,
  flags: ARCHIVE_FLAGS,
  vocabulary: new Vocabulary<StoreRow>({
    fields: ARCHIVE_FIELDS.filter(isScalar),
    flags: ARCHIVE_FLAGS,
    ...SEARCHED,
  }),
};

/**
 * Returns the fields and flags of a store's rows. Archives have no last second: short names and flags have the meaning
 * there that they have for the tools, `rtt` is the median and `limited` the cause of the whole recorded time.
 */
export function rowVocabulary(mode: 'live' | 'archive'): RowVocabulary {
  return mode === 'archive' ? ARCHIVE : LIVE;
}

/** Returns a field of the last second without the names that mean a value of the whole time in archives. */
function besideWhole(field: RowField<StoreRow>): RowField<StoreRow> {
  const aliases = (field.aliases ?? []).filter((alias) => !WHOLE_NAMES.has(lower(alias)));
  return { ...field, aliases, ...(WHOLE_NAMES.has(lower(field.name)) ? { isQualified: true } : {}) };
}

function lower(text: string): string {
  return text.toLowerCase();
}
