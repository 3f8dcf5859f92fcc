import {
  INET_DIAG_BBRINFO,
  INET_DIAG_CONG,
  INET_DIAG_DCTCPINFO,
  INET_DIAG_MEMINFO,
  INET_DIAG_MEMINFO_STRUCT,
  INET_DIAG_SKMEMINFO,
  INET_DIAG_SOCKOPT,
  INET_DIAG_SOCKOPT_STRUCT,
  INET_DIAG_VEGASINFO,
  SCALAR_ATTRIBUTES,
  SK_MEMINFO,
  TCP_BBR_INFO,
  TCP_DCTCP_INFO,
  TCPVEGAS_INFO,
} from '../../inetdiag/index.js';
import type { Column } from './column.js';
import { columnName } from './column-name.js';
import { fromPayload } from './inputs.js';
import { fieldColumn, structColumns } from './struct-columns.js';

const CONGESTION: Column = {
  name: 'congestion_algorithm',
  group: 'attributes',
  type: 'string',
  description: 'The congestion control, e.g. cubic',
  since: '2.6',
  read: ({ view }) => view.congestionAlgorithm,
  inputs: fromPayload(INET_DIAG_CONG),
};

const SCALARS = [...SCALAR_ATTRIBUTES].map(([part, field]) => {
  return fieldColumn(field, columnName(field), { group: 'attributes', part });
});

/** Columns of attributes other than tcp_info, without nested attributes. */
export const ATTRIBUTE_COLUMNS: readonly Column[] = [
  CONGESTION,
  ...SCALARS,
  ...structColumns(INET_DIAG_MEMINFO_STRUCT.fields, { group: 'meminfo', part: INET_DIAG_MEMINFO }),
  ...structColumns(SK_MEMINFO.fields, { group: 'skmeminfo', part: INET_DIAG_SKMEMINFO }),
  ...structColumns(TCPVEGAS_INFO.fields, { group: 'vegas', part: INET_DIAG_VEGASINFO }),
  ...structColumns(TCP_DCTCP_INFO.fields, { group: 'dctcp', part: INET_DIAG_DCTCPINFO }),
  ...structColumns(TCP_BBR_INFO.fields, { group: 'bbr', part: INET_DIAG_BBRINFO }),
  ...structColumns(INET_DIAG_SOCKOPT_STRUCT.fields, {
    group: 'sockopt',
    part: INET_DIAG_SOCKOPT,
    rename: ({ cName }) => `sockopt_${cName}`,
  }),
];
