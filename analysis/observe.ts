import {
  INET_DIAG_BBRINFO,
  INET_DIAG_INFO,
  INET_DIAG_MSG,
  INET_DIAG_SHUTDOWN,
  INET_DIAG_SKMEMINFO,
  type InetDiagMsg,
  SK_MEMINFO,
  type SkMemInfo,
  TCP_BBR_INFO,
} from '../inetdiag/index.js';
import { type Field, fieldOf } from '../netlink/index.js';
import { type FieldReader, fieldReader, RAW_IDM, type RecordView } from '../parse/snapshot/index.js';
import { TCP_INFO, type TcpInfo } from '../tcp/index.js';
import { newObservation, type Observation } from './observation.js';

type Read = FieldReader<number | null>;

/** Kinds of fields whose value may not be a number. */
const INEXACT: readonly Field['kind'][] = ['u64', 'id64', 'flag', 'present', 'bytes'];

/** Creates a reader that returns null for values that a number cannot hold exactly. */
function exact(part: number, field: Field): Read {
  const read = fieldReader(part, field);
  // Other kinds are always numbers, and an additional call per field is expensive.
  if (!INEXACT.includes(field.kind)) return read as Read;
  return (view) => {
    const value = read(view);
    return typeof value === 'number' ? value : null;
  };
}

/** Wraps a reader so that 0, the kernel's "no value yet", becomes null. */
function positive(read: Read): Read {
  return (view) => read(view) || null;
}

function tcpInfo(name: Exclude<keyof TcpInfo, 'unknownTailBytes' | 'outOfRange' | 'ecnMode' | 'options2'>): Read {
  return exact(INET_DIAG_INFO, fieldOf(TCP_INFO, name));
}

function message(name: Exclude<keyof InetDiagMsg, 'id'>): Read {
  return exact(RAW_IDM, fieldOf(INET_DIAG_MSG, name));
}

function memory(name: Exclude<keyof SkMemInfo, 'unknownTailBytes' | 'outOfRange'>): Read {
  return exact(INET_DIAG_SKMEMINFO, fieldOf(SK_MEMINFO, name));
}

const state = message('state');
const wqueue = message('wqueue');
const rqueue = message('rqueue');
const pacingGain = exact(INET_DIAG_BBRINFO, fieldOf(TCP_BBR_INFO, 'pacingGainRaw'));
const cwndGain = exact(INET_DIAG_BBRINFO, fieldOf(TCP_BBR_INFO, 'cwndGainRaw'));
const wmemQueued = memory('wmemQueuedBytes');
const sndbuf = memory('sndbufBytes');
const rmemAlloc = memory('rmemAllocBytes');
const rcvbuf = memory('rcvbufBytes');
const appLimited = fieldReader(INET_DIAG_INFO, fieldOf(TCP_INFO, 'deliveryRateAppLimited'));
const infoState = positive(tcpInfo('state'));
const caState = tcpInfo('caState');
const retransmits = tcpInfo('retransmits');
const probes = tcpInfo('probes');
const sndMss = positive(tcpInfo('sndMssBytes'));
const unacked = tcpInfo('unacked');
const sacked = tcpInfo('sacked');
const lost = tcpInfo('lost');
const retrans = tcpInfo('retrans');
const lastDataSent = tcpInfo('lastDataSentMs');
const lastDataRecv = tcpInfo('lastDataRecvMs');
const lastAckRecv = tcpInfo('lastAckRecvMs');
const rtt = positive(tcpInfo('rttUs'));
const minRtt = tcpInfo('minRttUs');
const sndCwnd = tcpInfo('sndCwnd');
const totalRetrans = tcpInfo('totalRetrans');
const pacingRate = tcpInfo('pacingRateBytesPerSec');
const maxPacingRate = tcpInfo('maxPacingRateBytesPerSec');
const bytesAcked = tcpInfo('bytesAcked');
const bytesReceived = tcpInfo('bytesReceived');
const segsOut = tcpInfo('segsOut');
const segsIn = tcpInfo('segsIn');
const dataSegsOut = tcpInfo('dataSegsOut');
const dataSegsIn = tcpInfo('dataSegsIn');
const delivered = tcpInfo('delivered');
const notsent = tcpInfo('notsentBytes');
const deliveryRate = tcpInfo('deliveryRateBytesPerSec');
const busyTime = tcpInfo('busyTimeUs');
const rwndLimited = tcpInfo('rwndLimitedUs');
const sndbufLimited = tcpInfo('sndbufLimitedUs');
const bytesSent = tcpInfo('bytesSent');
const bytesRetrans = tcpInfo('bytesRetrans');
const sndWnd = tcpInfo('sndWndBytes');
const rcvWnd = tcpInfo('rcvWndBytes');

/** Fills an observation from a record view; same values as `observeSnapshot` at a fraction of its cost. */
export function observe(view: RecordView, into: Observation = newObservation()): Observation {
  into.timestamp = view.timestamp;
  into.timeUs = view.timeUs;
  into.hasInfo = view.payload(INET_DIAG_INFO) !== undefined;
  into.state = state(view) ?? 0;
  into.infoState = infoState(view);
  into.shutdown = view.payload(INET_DIAG_SHUTDOWN)?.[0] ?? null;
  into.wqueueBytes = wqueue(view);
  into.rqueueBytes = rqueue(view);
  into.congestionAlgorithm = view.congestionAlgorithm;
  into.caState = caState(view);
  into.retransmits = retransmits(view);
  into.probes = probes(view);
  into.sndMssBytes = sndMss(view);
  into.unacked = unacked(view);
  into.sacked = sacked(view);
  into.lost = lost(view);
  into.retrans = retrans(view);
  into.lastDataSentMs = lastDataSent(view);
  into.lastDataRecvMs = lastDataRecv(view);
  into.lastAckRecvMs = lastAckRecv(view);
  into.rttUs = rtt(view);
  into.minRttUs = minRtt(view);
  into.sndCwnd = sndCwnd(view);
  into.totalRetrans = totalRetrans(view);
  into.pacingRateBytesPerSec = pacingRate(view);
  into.maxPacingRateBytesPerSec = maxPacingRate(view);
  into.bytesAcked = bytesAcked(view);
  into.bytesReceived = bytesReceived(view);
  into.segsOut = segsOut(view);
  into.segsIn = segsIn(view);
  into.dataSegsOut = dataSegsOut(view);
  into.dataSegsIn = dataSegsIn(view);
  into.delivered = delivered(view);
  into.notsentBytes = notsent(view);
  const rate = deliveryRate(view);
  into.deliveryRateBytesPerSec = rate || null;
  // The bit was padding before the rate existed.
  into.appLimited = rate === null ? null : appLimited(view) === true;
  into.busyTimeUs = busyTime(view);
  into.rwndLimitedUs = rwndLimited(view);
  into.sndbufLimitedUs = sndbufLimited(view);
  into.bytesSent = bytesSent(view);
  into.bytesRetrans = bytesRetrans(view);
  into.sndWndBytes = sndWnd(view);
  into.rcvWndBytes = rcvWnd(view);
  into.bbrPacingGain = pacingGain(view);
  into.bbrCwndGain = cwndGain(view);
  into.wmemQueuedBytes = wmemQueued(view);
  into.sndbufBytes = sndbuf(view);
  into.rmemAllocBytes = rmemAlloc(view);
  into.rcvbufBytes = rcvbuf(view);
  return into;
}
