import { INET_DIAG_INFO } from '../../inetdiag/index.js';
import { type Field, fieldOf } from '../../netlink/index.js';
import { fieldReader } from '../../parse/snapshot/index.js';
import { TCP_INFO, TCP_INFO_7_0, TcpCaState } from '../../tcp/index.js';
import type { Column } from './column.js';
import type { InputBytes } from './inputs.js';
import { describeField, structColumns } from './struct-columns.js';

const group = 'tcp_info';
const PLACE = { group, part: INET_DIAG_INFO };

const CA_STATES: readonly string[] = Object.keys(TcpCaState);
const CA_STATE_FIELD = fieldOf(TCP_INFO, 'caState');
const readCaState = fieldReader(INET_DIAG_INFO, CA_STATE_FIELD);

const CA_STATE: Column = {
  name: 'ca_state',
  group,
  type: 'string',
  description:
    'Name of tcpi_ca_state without the kernel’s TCP_CA_, e.g. Recovery; UNKNOWN(n) for a number without a name',
  read: (row) => {
    const state = readCaState(row);
    return state === null ? null : (CA_STATES[Number(state)] ?? `UNKNOWN(${state})`);
  },
  inputs: { bytes: [infoBytes(CA_STATE_FIELD)] },
};

function infoBytes({ offset, size }: Field): InputBytes {
  return { part: INET_DIAG_INFO, offset, size };
}

/** Creates the column of a field in the last word, whose offset depends on the kernel that the archive may name. */
function lastWordColumn(since7: Field, before: Field | undefined): Column {
  const read7 = fieldReader(INET_DIAG_INFO, since7);
  const read6 = before === undefined ? () => null : fieldReader(INET_DIAG_INFO, before);
  return {
    ...describeField(before ?? since7, since7.cName, group),
    read: (row) => (row.view.hasWordOfBits ? read7(row) : read6(row)),
    // The metadata names the kernel.
    inputs: { bytes: [infoBytes(since7), ...(before === undefined ? [] : [infoBytes(before)])], metadata: true },
  };
}

const LAST_WORD = TCP_INFO.fields.filter(({ offset }) => offset >= 276);
const COMMON = structColumns(
  TCP_INFO.fields.filter((field) => !LAST_WORD.includes(field)),
  PLACE,
);
const isBeforeText = ({ name }: Column): boolean => name === 'tcpi_state' || name === 'tcpi_ca_state';

/** Columns of all fields of `struct tcp_info`. */
export const TCP_COLUMNS: readonly Column[] = [
  ...COMMON.filter(isBeforeText),
  CA_STATE,
  ...COMMON.filter((column) => !isBeforeText(column)),
  ...TCP_INFO_7_0.fields
    .filter(({ offset }) => offset >= 276)
    .map((field) =>
      lastWordColumn(
        field,
        LAST_WORD.find(({ name }) => name === field.name),
      ),
    ),
];
