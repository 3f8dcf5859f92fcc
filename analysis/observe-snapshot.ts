import type { Snapshot } from '../parse/snapshot/index.js';
import type { TcpInfo } from '../tcp/index.js';
import { newObservation, type Observation } from './observation.js';
import { timestampToUs } from './time.js';

/** Fills an observation from a decoded snapshot. */
export function observeSnapshot(snapshot: Snapshot, into: Observation = newObservation()): Observation {
  const { inetDiagMsg, tcpInfo, skMemInfo, bbrInfo } = snapshot;
  into.timestamp = snapshot.timestamp;
  into.timeUs = timestampToUs(snapshot.timestamp);
  into.hasInfo = tcpInfo !== undefined;
  into.state = inetDiagMsg?.state ?? 0;
  into.shutdown = snapshot.shutdown ?? null;
  into.wqueueBytes = inetDiagMsg?.wqueue ?? null;
  into.rqueueBytes = inetDiagMsg?.rqueue ?? null;
  into.congestionAlgorithm = snapshot.congestionAlgorithm ?? null;
  observeTcpInfo(tcpInfo ?? NOTHING, into);
  into.bbrPacingGain = bbrInfo?.pacingGainRaw ?? null;
  into.bbrCwndGain = bbrInfo?.cwndGainRaw ?? null;
  into.wmemQueuedBytes = skMemInfo?.wmemQueuedBytes ?? null;
  into.sndbufBytes = skMemInfo?.sndbufBytes ?? null;
  into.rmemAllocBytes = skMemInfo?.rmemAllocBytes ?? null;
  into.rcvbufBytes = skMemInfo?.rcvbufBytes ?? null;
  return into;
}

const NOTHING: TcpInfo = { unknownTailBytes: 0 };

function observeTcpInfo(info: TcpInfo, into: Observation): void {
  into.infoState = info.state || null;
  into.caState = info.caState ?? null;
  into.retransmits = info.retransmits ?? null;
  into.probes = info.probes ?? null;
  into.sndMssBytes = info.sndMssBytes || null;
  into.unacked = info.unacked ?? null;
  into.sacked = info.sacked ?? null;
  into.lost = info.lost ?? null;
  into.retrans = info.retrans ?? null;
  into.lastDataSentMs = info.lastDataSentMs ?? null;
  into.lastDataRecvMs = info.lastDataRecvMs ?? null;
  into.lastAckRecvMs = info.lastAckRecvMs ?? null;
  into.rttUs = info.rttUs || null;
  into.minRttUs = info.minRttUs ?? null;
  into.sndCwnd = info.sndCwnd ?? null;
  into.totalRetrans = info.totalRetrans ?? null;
  into.pacingRateBytesPerSec = info.pacingRateBytesPerSec ?? null;
  into.maxPacingRateBytesPerSec = info.maxPacingRateBytesPerSec ?? null;
  into.bytesAcked = info.bytesAcked ?? null;
  into.bytesReceived = info.bytesReceived ?? null;
  into.segsOut = info.segsOut ?? null;
  into.segsIn = info.segsIn ?? null;
  into.dataSegsOut = info.dataSegsOut ?? null;
  into.dataSegsIn = info.dataSegsIn ?? null;
  into.delivered = info.delivered ?? null;
  into.notsentBytes = info.notsentBytes ?? null;
  into.deliveryRateBytesPerSec = info.deliveryRateBytesPerSec || null;
  // The bit was padding before the rate existed.
  into.appLimited = info.deliveryRateBytesPerSec === undefined ? null : (info.deliveryRateAppLimited ?? null);
  into.busyTimeUs = info.busyTimeUs ?? null;
  into.rwndLimitedUs = info.rwndLimitedUs ?? null;
  into.sndbufLimitedUs = info.sndbufLimitedUs ?? null;
  into.bytesSent = info.bytesSent ?? null;
  into.bytesRetrans = info.bytesRetrans ?? null;
  into.sndWndBytes = info.sndWndBytes ?? null;
  into.rcvWndBytes = info.rcvWndBytes ?? null;
}
