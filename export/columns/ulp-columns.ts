import {
  INET_DIAG_ULP_INFO,
  MPTCP_SUBFLOW,
  type MptcpFields,
  TLS_INFO,
  type TlsFields,
  type UlpInfo,
} from '../../inetdiag/index.js';
import type { Column, ColumnValue } from './column.js';
import { fromPayload } from './inputs.js';
import { describeField } from './struct-columns.js';

const group = 'ulp';
const inputs = fromPayload(INET_DIAG_ULP_INFO);

/** Columns of the nested attribute of an upper-layer protocol; most sockets have none. */
export const ULP_COLUMNS: readonly Column[] = [
  {
    name: 'ulp',
    group,
    type: 'string',
    description: 'Upper-layer protocol, e.g. tls or mptcp; before 6.15 only if the collector had CAP_NET_ADMIN',
    since: '5.4',
    read: ({ view }) => view.ulp?.name ?? null,
    inputs,
  },
  ...[...TLS_INFO.values()].map((field): Column => {
    const name = `tls_${field.cName.slice('TLS_INFO_'.length).toLowerCase()}`;
    return { ...describeField(field, name, group), read: ({ view }) => tls(view.ulp, field.name), inputs };
  }),
  ...[...MPTCP_SUBFLOW.values()].map((field): Column => {
    const name = `mptcp_${field.cName.slice('MPTCP_SUBFLOW_ATTR_'.length).toLowerCase()}`;
    const column = { ...describeField(field, name, group), inputs };
    if (field.kind !== 'id64') return { ...column, read: ({ view }) => mptcp(view.ulp, field.name) };
    // Random 64-bit values: half of them would exceed an int64.
    return {
      ...column,
      type: 'string',
      read: ({ view }) => mptcp(view.ulp, field.name)?.toString(16).toUpperCase().padStart(16, '0') ?? null,
    };
  }),
];

function tls(ulp: UlpInfo | undefined, name: keyof TlsFields): ColumnValue {
  return ulp?.tls?.[name] ?? null;
}

function mptcp(ulp: UlpInfo | undefined, name: keyof MptcpFields): number | bigint | null {
  return ulp?.mptcp?.[name] ?? null;
}
