import { INET_DIAG_INFO, INET_DIAG_SHUTDOWN, readState } from '../inetdiag/index.js';
import { readU32, readU64AsNumber } from '../netlink/index.js';
import type { ArchivedRecord } from '../parse/index.js';
import type { EndingMoment } from './ending-moment.js';
import { OBSERVED_FIELDS, type ObservedNumber } from './observation-fields.js';

/** Returns the offset of a field in its payload. */
function offsetOf(name: ObservedNumber & keyof EndingMoment): number {
  return OBSERVED_FIELDS[name].field.offset;
}

const WQUEUE = offsetOf('wqueueBytes');
const RQUEUE = offsetOf('rqueueBytes');
const INFO_STATE = offsetOf('infoState');
const RETRANSMITS = offsetOf('retransmits');
const PROBES = offsetOf('probes');
const UNACKED = offsetOf('unacked');
const NOTSENT = offsetOf('notsentBytes');
const RTT = offsetOf('rttUs');
const BYTES_ACKED = offsetOf('bytesAcked');
const BYTES_SENT = offsetOf('bytesSent');
const BYTES_RETRANS = offsetOf('bytesRetrans');
const BYTES_RECEIVED = offsetOf('bytesReceived');
const SEGS_IN = offsetOf('segsIn');
const SEGS_OUT = offsetOf('segsOut');
const DATA_SEGS_IN = offsetOf('dataSegsIn');
const DATA_SEGS_OUT = offsetOf('dataSegsOut');
const TOTAL_RETRANS = offsetOf('totalRetrans');
const DELIVERED = offsetOf('delivered');
const SND_WND = offsetOf('sndWndBytes');
const NOTHING = new Uint8Array();

/** Fills a moment from a record, with the same values as `observe` but without a view and without allocating. */
export function observeEnding({ rawIdm = NOTHING, attributes }: ArchivedRecord, into: EndingMoment): EndingMoment {
  const info = attributes?.[INET_DIAG_INFO] ?? NOTHING;
  into.hasInfo = info !== NOTHING;
  into.state = rawIdm.length === 0 ? 0 : readState(rawIdm);
  into.infoState = info[INFO_STATE] || null;
  into.shutdown = attributes?.[INET_DIAG_SHUTDOWN]?.[0] ?? null;
  into.wqueueBytes = readU32(rawIdm, WQUEUE) ?? null;
  into.rqueueBytes = readU32(rawIdm, RQUEUE) ?? null;
  into.retransmits = info[RETRANSMITS] ?? null;
  into.probes = info[PROBES] ?? null;
  into.unacked = readU32(info, UNACKED) ?? null;
  into.notsentBytes = readU32(info, NOTSENT) ?? null;
  into.rttUs = readU32(info, RTT) || null;
  into.bytesAcked = readU64AsNumber(info, BYTES_ACKED) ?? null;
  into.bytesSent = readU64AsNumber(info, BYTES_SENT) ?? null;
  into.bytesRetrans = readU64AsNumber(info, BYTES_RETRANS) ?? null;
  into.bytesReceived = readU64AsNumber(info, BYTES_RECEIVED) ?? null;
  into.segsIn = readU32(info, SEGS_IN) ?? null;
  into.segsOut = readU32(info, SEGS_OUT) ?? null;
  into.dataSegsIn = readU32(info, DATA_SEGS_IN) ?? null;
  into.dataSegsOut = readU32(info, DATA_SEGS_OUT) ?? null;
  into.totalRetrans = readU32(info, TOTAL_RETRANS) ?? null;
  into.delivered = readU32(info, DELIVERED) ?? null;
  into.sndWndBytes = readU32(info, SND_WND) ?? null;
  return into;
}
