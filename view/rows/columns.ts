import type { RowJson } from '../../live/wire/index.js';
import { LIMITS } from '../words/index.js';
import type { ColumnShape } from './column-shape.js';
import { endpointCell } from './endpoint-cell.js';
import { rowValue } from './row-field.js';
import { fieldName, type RowFields } from './row-fields.js';
import { limitedText, processText, stateText } from './row-texts.js';
import { ageText, type FieldType, type Look, valueText } from './values.js';

/** Column of the table of connections. */
export interface Column extends ColumnShape {
  /** Name, as `--columns` and the chooser use it. */
  readonly id: string;
  /** Full names of the fields that it shows. */
  readonly fields: readonly string[];
  /** Full name of the field that it is sorted by. */
  readonly sortedBy: string;
  /** True if the largest value comes first when the table is sorted by it. */
  readonly largestFirst: boolean;
  /** Returns the cell of a row, made for this width. */
  readonly text: (row: RowJson, look: Look, width: number) => string;
}

/** Columns of a live table, unless others are chosen. */
export const DEFAULT_COLUMNS = [
  'process',
  'local',
  'remote',
  'state',
  'send',
  'recv',
  'rtt',
  'retr',
  'limited',
  'age',
] as const;

/** Columns of a table of archives: these have no last second, but means over the recorded time. */
export const ARCHIVE_COLUMNS = [
  'local',
  'remote',
  'connection.startTime',
  'connection.durationUs',
  'connection.atWorkUs',
  'connection.atWorkGoodputBytesPerSec',
  'connection.limitedBy',
  'connection.bytesAcked',
  'connection.bytesReceived',
  'connection.minRttUs',
  'connection.totalRetrans',
  'connection.howEnded',
] as const;

/** Order of a table of archives, unless another one is chosen: those that had something to do for longest. */
export const ARCHIVE_ORDER = '-connection.atWorkUs';

/** Fields that every row needs, whatever its columns are. */
export const NEEDED_FIELDS: readonly string[] = [
  'key',
  'uuid',
  'state',
  'open',
  'closedTime',
  'connection.howEnded',
  'connection.closedFirst',
  'connection.endingUnknownBecause',
  'watch',
];

/** Longest name of a process, bytes: TASK_COMM_LEN without the zero at its end. */
const MAX_COMMAND = 15;

/** Width in which the ends of most addresses differ. */
const REMOTE_LEAST = 17;
/** Width of the longest IPv4 address with its port; longer addresses lose groups in the middle. */
const END_WANTED = '255.255.255.255:65535'.length;
/** Width of the longest name of a process with the longest usual id. */
const PROCESS_WANTED = MAX_COMMAND + ' 4194304'.length;

/** Types of values that stand at the left. */
const WORDS: readonly FieldType[] = ['text', 'address', 'boolean', 'object'];
/** Width of words that are cut. */
const LEAST_WORDS = 8;
/** Width of words that are cut only when no lesser column is left. */
const WANTED_WORDS = 16;
/** Width of the longest cause. */
const LONGEST_LIMIT = Math.max(...LIMITS.map(({ name }) => name.length));

/** Titles that are shorter or plainer than names. */
const TITLES: Readonly<Record<string, string | undefined>> = {
  'connection.startTime': 'Start',
  'connection.durationUs': 'Duration',
  'connection.atWorkUs': 'At work',
  'connection.atWorkGoodputBytesPerSec': 'Rate',
  'connection.bytesAcked': 'Acked',
  'connection.bytesReceived': 'Received',
  'connection.minRttUs': 'min RTT',
  'connection.totalRetrans': 'Retr',
  'connection.limitedBy': 'Limited',
  'connection.howEnded': 'Ended',
};

/** Columns of archives that go before all others. */
const LESSER: readonly string[] = ['connection.totalRetrans'];
/** Order in which columns of archives leave a narrow table: why and how slow stays longest. */
const DROPS: Readonly<Record<string, number | undefined>> = {
  'connection.startTime': 2,
  'connection.totalRetrans': 1,
  'connection.minRttUs': 4,
  'connection.bytesReceived': 5,
  'connection.bytesAcked': 6,
  'connection.durationUs': 7,
  'connection.howEnded': 8,
  'connection.atWorkGoodputBytesPerSec': 10,
  'connection.atWorkUs': 11,
  'connection.limitedBy': 12,
};

/** Columns of tables of rows, made of a table of fields. */
export class Columns {
  readonly #special: readonly Column[];

  /** @throws RangeError if the table lacks a field of a column of ours */
  constructor(readonly fields: RowFields) {
    this.#special = specialColumns(fields);
  }

  /** Returns the column of a name: one of ours, or a field of rows by name, full name or alias. */
  find(name: string): Column | undefined {
    const wanted = name.trim().toLowerCase();
    const special = this.#special.find(({ id }) => id === wanted);
    if (special !== undefined) return special;
    return this.fields.find(wanted) === undefined ? undefined : fieldColumn(this.fields, wanted);
  }

  /** Returns the columns that may be chosen: ours first, then each field that they do not show. */
  choosable(): readonly Column[] {
    const shown = new Set(this.#special.flatMap(({ fields }) => fields));
    const others = this.fields.all.filter((field) => field.type !== 'object' && !shown.has(fieldName(field)));
    return [...this.#special, ...others.flatMap((field) => this.find(fieldName(field)) ?? [])];
  }

  /** Returns the description of a column in one sentence. */
  describe({ sortedBy, fields }: Column): string {
    if (fields.length > 1 && fields.some((name) => name.endsWith('Port'))) return 'Address and port';
    if (sortedBy === 'process.command') return 'Name and id of the process, or the reason for which it is unknown';
    return this.fields.find(sortedBy)?.field.description ?? '';
  }
}

/** Returns the columns that show several fields, or one in words of their own. */
function specialColumns(fields: RowFields): readonly Column[] {
  return [
    {
      id: 'process',
      title: 'Process',
      align: 'left',
      least: 9,
      wanted: PROCESS_WANTED,
      usual: 14,
      drop: 8,
      fields: ['process.command', 'process.pid', 'processUnknown'],
      sortedBy: 'process.command',
      largestFirst: false,
      text: processText,
    },
    endColumn('local', 'Local', { least: 12, wanted: END_WANTED, drop: 2, isLesser: true }),
    endColumn('remote', 'Remote', { least: REMOTE_LEAST, wanted: END_WANTED }),
    {
      id: 'state',
      title: 'State',
      align: 'left',
      usual: 9,
      drop: 4,
      isLesser: true,
      fields: ['state'],
      sortedBy: 'state',
      largestFirst: false,
      text: (row) => stateText(row),
    },
    { ...fieldColumn(fields, 'now.sendThroughputBytesPerSec', 'Send', 'send'), usual: 10 },
    { ...fieldColumn(fields, 'now.receiveThroughputBytesPerSec', 'Recv', 'recv'), usual: 10, drop: 6, isLesser: true },
    { ...fieldColumn(fields, 'now.rttUs', 'RTT', 'rtt'), usual: 7 },
    { ...fieldColumn(fields, 'now.retransmitRateBytes', 'Retr', 'retr'), usual: 6, drop: 5, isLesser: true },
    {
      ...fieldColumn(fields, 'now.limitedBy', 'Limited', 'limited'),
      usual: 11,
      drop: 7,
      least: LONGEST_LIMIT,
      text: (row) => limitedText(row),
    },
    {
      ...fieldColumn(fields, 'ageUs', 'Age', 'age'),
      usual: 6,
      drop: 3,
      isLesser: true,
      text: ({ ageUs }) => (ageUs === undefined ? '' : ageText(ageUs)),
    },
  ];
}

function endColumn(
  id: 'local' | 'remote',
  title: string,
  more: Pick<Column, 'least' | 'wanted' | 'drop' | 'isLesser'>,
): Column {
  const [address, port] = [`${id}Address`, `${id}Port`];
  return {
    id,
    title,
    align: 'left',
    usual: 15,
    ...more,
    fields: [`connection.${address}`, `connection.${port}`],
    sortedBy: `connection.${address}`,
    largestFirst: false,
    text: ({ connection }, { unicode }, width) =>
      endpointCell(
        (id === 'local' ? connection?.localAddress : connection?.remoteAddress) ?? null,
        (id === 'local' ? connection?.localPort : connection?.remotePort) ?? null,
        width,
        unicode,
      ),
  };
}

/** Creates the column of a field. @throws RangeError for a name that no field has */
function fieldColumn(fields: RowFields, name: string, title?: string, id?: string): Column {
  const found = fields.find(name);
  if (found === undefined) throw new RangeError(`no field ${name}`);
  const { field } = found;
  const full = fieldName(field);
  const isWords = WORDS.includes(field.type);
  const isUncut = field.type === 'address';
  return {
    id: id ?? (title === undefined ? full : name),
    title: title ?? TITLES[full] ?? found.name,
    align: isWords ? 'left' : 'right',
    ...(isWords && !isUncut ? { least: LEAST_WORDS, wanted: WANTED_WORDS } : {}),
    usual: 6,
    drop: title === undefined ? (DROPS[full] ?? 1) : 9,
    ...(title === undefined && LESSER.includes(full) ? { isLesser: true } : {}),
    fields: [full],
    sortedBy: full,
    largestFirst: !isWords,
    text: (row, look) => valueText(rowValue(row, field.part, field.name), field.type, field.unit, look),
  };
}
