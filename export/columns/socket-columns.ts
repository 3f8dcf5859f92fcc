import {
  INET_DIAG_MSG,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_MSG_STATE_OFFSET,
  INET_DIAG_SOCKID,
} from '../../inetdiag/index.js';
import { fieldOf } from '../../netlink/index.js';
import { placeOf, RAW_IDM } from '../../parse/snapshot/index.js';
import { tcpStateName } from '../../tcp/index.js';
import type { Column } from './column.js';
import type { InputBytes } from './inputs.js';
import { fieldColumn, structColumns } from './struct-columns.js';

const group = 'socket';
const PLACE = { group, part: RAW_IDM };
const ID = { ...PLACE, base: INET_DIAG_MSG_ID_OFFSET };

const STATE = placeOf(RAW_IDM).offset + INET_DIAG_MSG_STATE_OFFSET;
const STATE_NAMES = Array.from({ length: 256 }, (_, state) => tcpStateName(state));

const FAMILY: InputBytes = { part: RAW_IDM, offset: fieldOf(INET_DIAG_MSG, 'family').offset, size: 1 };

/** Returns the bytes of a field of the socket's id. */
function idBytes(name: 'src' | 'dst' | 'cookie'): InputBytes {
  const { offset, size } = fieldOf(INET_DIAG_SOCKID, name);
  return { part: RAW_IDM, offset: INET_DIAG_MSG_ID_OFFSET + offset, size };
}

const OTHERS = structColumns(INET_DIAG_MSG.fields, PLACE);

/** Columns of the socket, from RawIDM: addresses, ports, state, queues. */
export const SOCKET_COLUMNS: readonly Column[] = [
  ...OTHERS.slice(0, 2),
  {
    name: 'state',
    group,
    type: 'string',
    description:
      'Name of idiag_state without the kernel’s TCP_, e.g. ESTABLISHED; UNKNOWN(n) for a number without a name',
    read: ({ data }) => STATE_NAMES[data.getUint8(STATE)] ?? null,
    inputs: { bytes: [{ part: RAW_IDM, offset: INET_DIAG_MSG_STATE_OFFSET, size: 1 }] },
  },
  ...OTHERS.slice(2, 4),
  fieldColumn(fieldOf(INET_DIAG_SOCKID, 'sport'), 'idiag_sport', ID),
  fieldColumn(fieldOf(INET_DIAG_SOCKID, 'dport'), 'idiag_dport', ID),
  {
    name: 'idiag_src',
    group,
    type: 'string',
    description: 'Local address as text; an IPv4-mapped one as IPv4',
    since: fieldOf(INET_DIAG_SOCKID, 'src').since,
    read: ({ view }) => view.source,
    inputs: { bytes: [idBytes('src'), FAMILY] },
  },
  {
    name: 'idiag_dst',
    group,
    type: 'string',
    description: 'Remote address as text; an IPv4-mapped one as IPv4',
    since: fieldOf(INET_DIAG_SOCKID, 'dst').since,
    read: ({ view }) => view.destination,
    inputs: { bytes: [idBytes('dst'), FAMILY] },
  },
  fieldColumn(fieldOf(INET_DIAG_SOCKID, 'interface'), 'idiag_if', ID),
  {
    name: 'idiag_cookie',
    group,
    type: 'string',
    description:
      'The kernel’s cookie of the socket, 16 upper-case hexadecimal digits as in the UUID; unique until reboot',
    since: fieldOf(INET_DIAG_SOCKID, 'cookie').since,
    read: ({ view }) => view.cookie,
    inputs: { bytes: [idBytes('cookie')] },
  },
  ...OTHERS.slice(4),
];
