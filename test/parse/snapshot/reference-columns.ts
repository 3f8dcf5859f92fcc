/** The columns of the reference's CSV as our snapshot has them. */
import { formatAddress } from '../../../netlink/index.js';
import type { Snapshot } from '../../../parse/snapshot/index.js';

type Cell = number | bigint | string | null | undefined;
type Column = (snapshot: Snapshot) => Cell;

/** Numbers that the reference prints for our null: its u64 are signed. */
const NULLS: Readonly<Record<string, number>> = {
  sndSsthresh: 0x7fff_ffff,
  minRttUs: 0xffff_ffff,
  rttUs: 0x7fff_ffff,
  minrttUs: 0x7fff_ffff,
  pacingRateBytesPerSec: -1,
  maxPacingRateBytesPerSec: -1,
};

/** Columns of one struct: 0 for a field beyond its bytes, empty without the struct, as the reference prints them. */
function struct<K extends keyof Snapshot>(key: K, columns: Readonly<Record<string, string>>): [string, Column][] {
  return Object.entries(columns).map(([column, name]) => [
    column,
    (snapshot) => {
      const value = snapshot[key] as Readonly<Record<string, Cell>> | undefined;
      if (value === undefined) return '';
      return value[name] === null ? NULLS[name] : (value[name] ?? 0);
    },
  ]);
}

const TCP: Readonly<Record<string, string>> = {
  'TCP.State': 'state',
  'TCP.CAState': 'caState',
  'TCP.Retransmits': 'retransmits',
  'TCP.Probes': 'probes',
  'TCP.Backoff': 'backoff',
  'TCP.Options': 'options',
  'TCP.RTO': 'rtoUs',
  'TCP.ATO': 'atoUs',
  'TCP.SndMSS': 'sndMssBytes',
  'TCP.RcvMSS': 'rcvMssBytes',
  'TCP.Unacked': 'unacked',
  'TCP.Sacked': 'sacked',
  'TCP.Lost': 'lost',
  'TCP.Retrans': 'retrans',
  'TCP.Fackets': 'fackets',
  'TCP.LastDataSent': 'lastDataSentMs',
  'TCP.LastAckSent': 'lastAckSentMs',
  'TCP.LastDataRecv': 'lastDataRecvMs',
  'TCP.LastDataRecv#2': 'lastAckRecvMs',
  'TCP.PMTU': 'pmtuBytes',
  'TCP.RcvSsThresh': 'rcvSsthreshBytes',
  'TCP.RTT': 'rttUs',
  'TCP.RTTVar': 'rttvarUs',
  'TCP.SndSsThresh': 'sndSsthresh',
  'TCP.SndCwnd': 'sndCwnd',
  'TCP.AdvMSS': 'advmssBytes',
  'TCP.Reordering': 'reordering',
  'TCP.RcvRTT': 'rcvRttUs',
  'TCP.RcvSpace': 'rcvSpaceBytes',
  'TCP.TotalRetrans': 'totalRetrans',
  'TCP.PacingRate': 'pacingRateBytesPerSec',
  'TCP.MaxPacingRate': 'maxPacingRateBytesPerSec',
  'TCP.BytesAcked': 'bytesAcked',
  'TCP.BytesReceived': 'bytesReceived',
  'TCP.SegsOut': 'segsOut',
  'TCP.SegsIn': 'segsIn',
  'TCP.NotsentBytes': 'notsentBytes',
  'TCP.MinRTT': 'minRttUs',
  'TCP.DataSegsIn': 'dataSegsIn',
  'TCP.DataSegsOut': 'dataSegsOut',
  'TCP.DeliveryRate': 'deliveryRateBytesPerSec',
  'TCP.BusyTime': 'busyTimeUs',
  'TCP.RWndLimited': 'rwndLimitedUs',
  'TCP.SndBufLimited': 'sndbufLimitedUs',
  'TCP.Delivered': 'delivered',
  'TCP.DeliveredCE': 'deliveredCe',
  'TCP.BytesSent': 'bytesSent',
  'TCP.BytesRetrans': 'bytesRetrans',
  'TCP.DSackDups': 'dsackDups',
  'TCP.ReordSeen': 'reordSeen',
  'TCP.RcvOooPack': 'rcvOoopack',
  'TCP.SndWnd': 'sndWndBytes',
};

const SK_MEM: Readonly<Record<string, string>> = {
  'SKMemInfo.RmemAlloc': 'rmemAllocBytes',
  'SKMemInfo.Rcvbuf': 'rcvbufBytes',
  'SKMemInfo.WmemAlloc': 'wmemAllocBytes',
  'SKMemInfo.Sndbug': 'sndbufBytes',
  'SKMemInfo.FwdAlloc': 'fwdAllocBytes',
  'SKMemInfo.WmemQueued': 'wmemQueuedBytes',
  'SKMemInfo.Optmem': 'optmemBytes',
  'SKMemInfo.Backlog': 'backlogBytes',
  'SKMemInfo.Drops': 'drops',
};

const IDM: Readonly<Record<string, string>> = {
  'IDM.Family': 'family',
  'IDM.State': 'state',
  'IDM.Timer': 'timer',
  'IDM.Retrans': 'retrans',
  'IDM.Expires': 'expiresMs',
  'IDM.Rqueue': 'rqueue',
  'IDM.Wqueue': 'wqueue',
  'IDM.UID': 'uid',
  'IDM.Inode': 'inode',
};

/** Swaps the bytes of the interface index, which the reference reads as big-endian. */
function swapped(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return view.getUint32(0, false);
}

function idColumn(read: (msg: NonNullable<Snapshot['inetDiagMsg']>) => Cell): Column {
  return ({ inetDiagMsg }) => (inetDiagMsg === undefined ? '' : read(inetDiagMsg));
}

/** Every column but NotFullyParsed, which describes the reference's own structs. */
export const REFERENCE_COLUMNS: ReadonlyMap<string, Column> = new Map<string, Column>([
  ['Timestamp', ({ timestamp }) => (timestamp.startsWith('0001-') ? '2009-05-29T23:59:59Z' : timestamp)],
  ['Observed', ({ observed }) => observed],
  ...struct('inetDiagMsg', IDM),
  ['IDM.SockID.SPort', idColumn(({ id }) => id.sport)],
  ['IDM.SockID.DPort', idColumn(({ id }) => id.dport)],
  ['IDM.SockID.Src', idColumn(({ id, family }) => formatAddress(id.src, family))],
  ['IDM.SockID.Dst', idColumn(({ id, family }) => formatAddress(id.dst, family))],
  ['IDM.SockID.Interface', idColumn(({ id }) => swapped(id.interface))],
  ['IDM.SockID.Cookie', idColumn(({ id }) => id.cookie.toString(16).toUpperCase())],
  ['CongestionAlgorithm', ({ congestionAlgorithm }) => congestionAlgorithm ?? ''],
  ['TOS', ({ tos }) => tos ?? 0],
  ['TClass', ({ tclass }) => tclass ?? 0],
  // The reference takes the first of four bytes.
  ['ClassID', ({ classId }) => (classId ?? 0) & 0xff],
  ['Shutdown', ({ shutdown }) => shutdown ?? 0],
  ['Protocol', ({ protocol }) => protocol ?? 0],
  ['Mark', ({ mark }) => mark ?? 0],
  ...struct('tcpInfo', TCP),
  // The reference prints the whole byte.
  ['TCP.WScale', ({ tcpInfo: t }) => (t === undefined ? '' : (t.sndWscale ?? 0) | ((t.rcvWscale ?? 0) << 4))],
  [
    'TCP.AppLimited',
    ({ tcpInfo: t }) =>
      t === undefined ? '' : Number(t.deliveryRateAppLimited ?? false) | ((t.fastopenClientFail ?? 0) << 1),
  ],
  ...struct('memInfo', {
    'MemInfo.Rmem': 'rmemBytes',
    'MemInfo.Wmem': 'wmemBytes',
    'MemInfo.Fmem': 'fmemBytes',
    'MemInfo.Tmem': 'tmemBytes',
  }),
  ...struct('skMemInfo', SK_MEM),
  ...struct('vegasInfo', {
    'Vegas.Enabled': 'enabled',
    'Vegas.RTTCount': 'rttcnt',
    'Vegas.RTT': 'rttUs',
    'Vegas.MinRTT': 'minrttUs',
  }),
  ...struct('dctcpInfo', {
    'DCTCP.Enabled': 'enabled',
    'DCTCP.CEState': 'ceState',
    'DCTCP.Alpha': 'alpha',
    'DCTCP.ABEcn': 'abEcnBytes',
    'DCTCP.ABTot': 'abTotBytes',
  }),
  ...struct('bbrInfo', {
    'BBR.BW': 'bwBytesPerSec',
    'BBR.MinRTT': 'minRttUs',
    'BBR.PacingGain': 'pacingGainRaw',
    'BBR.CwndGain': 'cwndGainRaw',
  }),
]);
