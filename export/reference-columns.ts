import {
  INET_DIAG_CLASS_ID,
  INET_DIAG_CONG,
  INET_DIAG_MARK,
  INET_DIAG_MEMINFO_STRUCT,
  INET_DIAG_MSG,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_PROTOCOL,
  INET_DIAG_SHUTDOWN,
  INET_DIAG_SOCKID,
  INET_DIAG_TCLASS,
  INET_DIAG_TOS,
  type InetDiagSockId,
  SK_MEMINFO,
  TCP_BBR_INFO,
  TCP_DCTCP_INFO,
  TCPVEGAS_INFO,
} from '../inetdiag/index.js';
import {
  AF_INET,
  AF_INET6,
  type Field,
  type FieldName,
  fieldOf,
  formatAddress,
  type Struct,
} from '../netlink/index.js';
import { TCP_INFO } from '../tcp/index.js';
import { type ColumnInputs, columnName, fromPayload } from './columns/index.js';
import type { CellWriter, CsvColumn } from './csv-table.js';
import { REFERENCE_PARTS, type ReferenceRow, ReferenceStruct } from './reference-row.js';

type Cell = CsvColumn<ReferenceRow>['cell'];

/**
 * Creates columns of one struct, each from its name and our name of the field. Cells are empty if the struct is absent.
 */
function structColumns<T>(
  index: ReferenceStruct,
  struct: Struct<T>,
  columns: readonly (readonly [name: string, field: FieldName<T>])[],
): ReferenceColumn[] {
  return columns.map(([name, field]) => {
    const source = fieldOf(struct, field);
    return { name, cell: fieldCell(index, source), column: columnName(source), inputs: fieldInputs(index, source) };
  });
}

/** Returns the bytes that a field's cell depends on. */
function fieldInputs(index: ReferenceStruct, { offset, size }: Field, base = 0): ColumnInputs {
  return { bytes: [{ part: REFERENCE_PARTS[index], offset: base + offset, size }] };
}

/** Returns the bytes that the cell of a field of the socket's id depends on. */
function idInputs(name: FieldName<InetDiagSockId>): ColumnInputs {
  return fieldInputs(IDM, fieldOf(INET_DIAG_SOCKID, name), INET_DIAG_MSG_ID_OFFSET);
}

/** Inputs of a cell that depends only on which payloads a record has, and on their lengths. */
const FROM_LAYOUT: ColumnInputs = {};

/** Column of the reference. */
export interface ReferenceColumn extends CsvColumn<ReferenceRow> {
  /** Name of our column with the same or the correct value; absent without one. */
  readonly column?: string;
}

/** Counters that the reference reads as signed. */
const SIGNED: readonly string[] = ['tcpi_segs_out', 'tcpi_segs_in'];

/**
 * Creates the cell of a field as the reference prints it: sentinels as numbers, 64 bits as signed (so that no limit is
 * -1), and a byte with several fields as one number. Each kind is a separate function: a cell made of several functions
 * would take twice as long, and cells are most of the work.
 */
function fieldCell(index: ReferenceStruct, { cName, kind, offset, size }: Field, base = 0): Cell {
  const at = base + offset;
  switch (size) {
    case 1:
      return ({ structs }, out) => {
        const struct = structs[index];
        if (struct?.present) out.integer(struct.view.getUint8(at));
      };
    case 2: {
      const littleEndian = kind !== 'be16';
      return ({ structs }, out) => {
        const struct = structs[index];
        if (struct?.present) out.integer(struct.view.getUint16(at, littleEndian));
      };
    }
    case 4:
      if (SIGNED.includes(cName)) return structCell(index, (view, out) => out.integer(view.getInt32(at, true)));
      return ({ structs }, out) => {
        const struct = structs[index];
        if (struct?.present) out.integer(struct.view.getUint32(at, true));
      };
    case 8:
      return ({ structs }, out) => {
        const struct = structs[index];
        if (struct?.present) out.integer(readInt64(struct.view, at));
      };
    default:
      throw new TypeError(`${cName}: no cell for ${size} bytes`);
  }
}

/** Creates a cell with a custom function for a struct. */
function structCell(index: ReferenceStruct, write: (view: DataView, out: CellWriter) => void): Cell {
  return ({ structs }, out) => {
    const struct = structs[index];
    if (struct?.present) write(struct.view, out);
  };
}

function readInt64(view: DataView, at: number): number | bigint {
  const high = view.getInt32(at + 4, true);
  // Nearly all fit into a number, which is much faster than a bigint. 2^53 - 1 has 21 bits in its high word.
  if (high > -0x20_0000 && high < 0x20_0000) return high * 2 ** 32 + view.getUint32(at, true);
  return view.getBigInt64(at, true);
}

const IDM = ReferenceStruct.inetDiagMsg;
const SRC = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'src').offset;
const DST = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'dst').offset;
const INTERFACE = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'interface').offset;
const COOKIE = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'cookie').offset;

/**
 * Creates the cell of an address. The reference ignores the family: an address with only zeros after its first four
 * bytes is IPv4. An archive contains one connection, so the last text is cached.
 */
function addressCell(at: number): Cell {
  const last = [0, 0, 0, 0];
  let text = '0.0.0.0';
  return structCell(IDM, (view, out) => {
    let same = true;
    for (let i = 0; i < 4; i++) {
      const word = view.getInt32(at + 4 * i, true);
      if (word === last[i]) continue;
      last[i] = word;
      same = false;
    }
    if (!same) {
      const family = last[1] === 0 && last[2] === 0 && last[3] === 0 ? AF_INET : AF_INET6;
      text = formatAddress(new Uint8Array(view.buffer, view.byteOffset + at, 16), family);
    }
    out.text(text);
  });
}

/** Returns the cookie in upper-case hexadecimal without leading zeros. */
function readCookie(view: DataView): string {
  const low = view.getUint32(COOKIE, true).toString(16);
  const high = view.getUint32(COOKIE + 4, true);
  return (high === 0 ? low : high.toString(16) + low.padStart(8, '0')).toUpperCase();
}

/**
 * Columns of the reference's csvtool: all 105, in its order, with its two misspelt names: a second `TCP.LastDataRecv`,
 * which is last_ack_recv, and `Sndbug`. Programs find columns by these names and positions.
 */
export const REFERENCE_COLUMNS: readonly ReferenceColumn[] = [
  {
    name: 'Timestamp',
    column: 'timestamp',
    cell: (row, out) => {
      const place = row.timestampInLine;
      if (place === undefined) out.text(row.timestamp);
      else out.copy(place.bytes, place.start, place.end);
    },
  },
  { name: 'Observed', cell: (row, out) => out.integer(row.observed), inputs: FROM_LAYOUT },
  { name: 'NotFullyParsed', cell: (row, out) => out.integer(row.notFullyParsed), inputs: FROM_LAYOUT },
  ...structColumns(IDM, INET_DIAG_MSG, [
    ['IDM.Family', 'family'],
    ['IDM.State', 'state'],
    ['IDM.Timer', 'timer'],
    ['IDM.Retrans', 'retrans'],
  ]),
  {
    name: 'IDM.SockID.SPort',
    column: 'idiag_sport',
    cell: fieldCell(IDM, fieldOf(INET_DIAG_SOCKID, 'sport'), INET_DIAG_MSG_ID_OFFSET),
    inputs: idInputs('sport'),
  },
  {
    name: 'IDM.SockID.DPort',
    column: 'idiag_dport',
    cell: fieldCell(IDM, fieldOf(INET_DIAG_SOCKID, 'dport'), INET_DIAG_MSG_ID_OFFSET),
    inputs: idInputs('dport'),
  },
  { name: 'IDM.SockID.Src', column: 'idiag_src', cell: addressCell(SRC), inputs: idInputs('src') },
  { name: 'IDM.SockID.Dst', column: 'idiag_dst', cell: addressCell(DST), inputs: idInputs('dst') },
  // The interface is in host order, but the reference reads it big-endian.
  {
    name: 'IDM.SockID.Interface',
    column: 'idiag_if',
    cell: structCell(IDM, (view, out) => out.integer(view.getUint32(INTERFACE, false))),
    inputs: idInputs('interface'),
  },
  {
    name: 'IDM.SockID.Cookie',
    column: 'idiag_cookie',
    cell: structCell(IDM, (view, out) => out.text(readCookie(view))),
    inputs: idInputs('cookie'),
  },
  ...structColumns(IDM, INET_DIAG_MSG, [
    ['IDM.Expires', 'expiresMs'],
    ['IDM.Rqueue', 'rqueue'],
    ['IDM.Wqueue', 'wqueue'],
    ['IDM.UID', 'uid'],
    ['IDM.Inode', 'inode'],
  ]),
  {
    name: 'CongestionAlgorithm',
    column: 'congestion_algorithm',
    cell: (row, out) => out.bytes(row.congestionAlgorithm.value),
    inputs: fromPayload(INET_DIAG_CONG),
  },
  { name: 'TOS', column: 'tos', cell: (row, out) => out.integer(row.tos.value), inputs: fromPayload(INET_DIAG_TOS) },
  {
    name: 'TClass',
    column: 'tclass',
    cell: (row, out) => out.integer(row.tclass.value),
    inputs: fromPayload(INET_DIAG_TCLASS),
  },
  {
    name: 'ClassID',
    column: 'class_id',
    cell: (row, out) => out.integer(row.classId.value),
    inputs: fromPayload(INET_DIAG_CLASS_ID),
  },
  {
    name: 'Shutdown',
    column: 'shutdown',
    cell: (row, out) => out.integer(row.shutdown.value),
    inputs: fromPayload(INET_DIAG_SHUTDOWN),
  },
  {
    name: 'Protocol',
    column: 'protocol',
    cell: (row, out) => out.integer(row.protocol.value),
    inputs: fromPayload(INET_DIAG_PROTOCOL),
  },
  {
    name: 'Mark',
    column: 'mark',
    cell: (row, out) => out.integer(row.mark.value),
    inputs: fromPayload(INET_DIAG_MARK),
  },
  ...structColumns(ReferenceStruct.tcpInfo, TCP_INFO, [
    ['TCP.State', 'state'],
    ['TCP.CAState', 'caState'],
    ['TCP.Retransmits', 'retransmits'],
    ['TCP.Probes', 'probes'],
    ['TCP.Backoff', 'backoff'],
    ['TCP.Options', 'options'],
    ['TCP.WScale', 'sndWscale'],
    ['TCP.AppLimited', 'deliveryRateAppLimited'],
    ['TCP.RTO', 'rtoUs'],
    ['TCP.ATO', 'atoUs'],
    ['TCP.SndMSS', 'sndMssBytes'],
    ['TCP.RcvMSS', 'rcvMssBytes'],
    ['TCP.Unacked', 'unacked'],
    ['TCP.Sacked', 'sacked'],
    ['TCP.Lost', 'lost'],
    ['TCP.Retrans', 'retrans'],
    ['TCP.Fackets', 'fackets'],
    ['TCP.LastDataSent', 'lastDataSentMs'],
    ['TCP.LastAckSent', 'lastAckSentMs'],
    ['TCP.LastDataRecv', 'lastDataRecvMs'],
    ['TCP.LastDataRecv', 'lastAckRecvMs'],
    ['TCP.PMTU', 'pmtuBytes'],
    ['TCP.RcvSsThresh', 'rcvSsthreshBytes'],
    ['TCP.RTT', 'rttUs'],
    ['TCP.RTTVar', 'rttvarUs'],
    ['TCP.SndSsThresh', 'sndSsthresh'],
    ['TCP.SndCwnd', 'sndCwnd'],
    ['TCP.AdvMSS', 'advmssBytes'],
    ['TCP.Reordering', 'reordering'],
    ['TCP.RcvRTT', 'rcvRttUs'],
    ['TCP.RcvSpace', 'rcvSpaceBytes'],
    ['TCP.TotalRetrans', 'totalRetrans'],
    ['TCP.PacingRate', 'pacingRateBytesPerSec'],
    ['TCP.MaxPacingRate', 'maxPacingRateBytesPerSec'],
    ['TCP.BytesAcked', 'bytesAcked'],
    ['TCP.BytesReceived', 'bytesReceived'],
    ['TCP.SegsOut', 'segsOut'],
    ['TCP.SegsIn', 'segsIn'],
    ['TCP.NotsentBytes', 'notsentBytes'],
    ['TCP.MinRTT', 'minRttUs'],
    ['TCP.DataSegsIn', 'dataSegsIn'],
    ['TCP.DataSegsOut', 'dataSegsOut'],
    ['TCP.DeliveryRate', 'deliveryRateBytesPerSec'],
    ['TCP.BusyTime', 'busyTimeUs'],
    ['TCP.RWndLimited', 'rwndLimitedUs'],
    ['TCP.SndBufLimited', 'sndbufLimitedUs'],
    ['TCP.Delivered', 'delivered'],
    ['TCP.DeliveredCE', 'deliveredCe'],
    ['TCP.BytesSent', 'bytesSent'],
    ['TCP.BytesRetrans', 'bytesRetrans'],
    ['TCP.DSackDups', 'dsackDups'],
    ['TCP.ReordSeen', 'reordSeen'],
    ['TCP.RcvOooPack', 'rcvOoopack'],
    ['TCP.SndWnd', 'sndWndBytes'],
  ]),
  ...structColumns(ReferenceStruct.memInfo, INET_DIAG_MEMINFO_STRUCT, [
    ['MemInfo.Rmem', 'rmemBytes'],
    ['MemInfo.Wmem', 'wmemBytes'],
    ['MemInfo.Fmem', 'fmemBytes'],
    ['MemInfo.Tmem', 'tmemBytes'],
  ]),
  ...structColumns(ReferenceStruct.skMemInfo, SK_MEMINFO, [
    ['SKMemInfo.RmemAlloc', 'rmemAllocBytes'],
    ['SKMemInfo.Rcvbuf', 'rcvbufBytes'],
    ['SKMemInfo.WmemAlloc', 'wmemAllocBytes'],
    ['SKMemInfo.Sndbug', 'sndbufBytes'],
    ['SKMemInfo.FwdAlloc', 'fwdAllocBytes'],
    ['SKMemInfo.WmemQueued', 'wmemQueuedBytes'],
    ['SKMemInfo.Optmem', 'optmemBytes'],
    ['SKMemInfo.Backlog', 'backlogBytes'],
    ['SKMemInfo.Drops', 'drops'],
  ]),
  ...structColumns(ReferenceStruct.vegasInfo, TCPVEGAS_INFO, [
    ['Vegas.Enabled', 'enabled'],
    ['Vegas.RTTCount', 'rttcnt'],
    ['Vegas.RTT', 'rttUs'],
    ['Vegas.MinRTT', 'minrttUs'],
  ]),
  ...structColumns(ReferenceStruct.dctcpInfo, TCP_DCTCP_INFO, [
    ['DCTCP.Enabled', 'enabled'],
    ['DCTCP.CEState', 'ceState'],
    ['DCTCP.Alpha', 'alpha'],
    ['DCTCP.ABEcn', 'abEcnBytes'],
    ['DCTCP.ABTot', 'abTotBytes'],
  ]),
  ...structColumns(ReferenceStruct.bbrInfo, TCP_BBR_INFO, [
    ['BBR.BW', 'bwBytesPerSec'],
    ['BBR.MinRTT', 'minRttUs'],
    ['BBR.PacingGain', 'pacingGainRaw'],
    ['BBR.CwndGain', 'cwndGainRaw'],
  ]),
];
