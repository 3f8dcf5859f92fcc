import { newObservation, type Observation } from './observation.js';

/** Part of an {@link Observation} that tells how a connection ended. */
export type EndingMoment = Pick<
  Observation,
  | 'hasInfo'
  | 'state'
  | 'infoState'
  | 'shutdown'
  | 'wqueueBytes'
  | 'rqueueBytes'
  | 'retransmits'
  | 'probes'
  | 'unacked'
  | 'notsentBytes'
  | 'rttUs'
  | 'bytesAcked'
  | 'bytesSent'
  | 'bytesRetrans'
  | 'bytesReceived'
  | 'segsIn'
  | 'segsOut'
  | 'dataSegsIn'
  | 'dataSegsOut'
  | 'totalRetrans'
  | 'delivered'
  | 'sndWndBytes'
>;

/** Returns a moment of which nothing is known. */
export function emptyMoment(): EndingMoment {
  return copyMoment(NOTHING, { ...NOTHING });
}

/** Copies a moment, field by field; returns the copy. */
export function copyMoment(from: EndingMoment, to: EndingMoment): EndingMoment {
  to.hasInfo = from.hasInfo;
  to.state = from.state;
  to.infoState = from.infoState;
  to.shutdown = from.shutdown;
  to.wqueueBytes = from.wqueueBytes;
  to.rqueueBytes = from.rqueueBytes;
  to.retransmits = from.retransmits;
  to.probes = from.probes;
  to.unacked = from.unacked;
  to.notsentBytes = from.notsentBytes;
  to.rttUs = from.rttUs;
  to.bytesAcked = from.bytesAcked;
  to.bytesSent = from.bytesSent;
  to.bytesRetrans = from.bytesRetrans;
  to.bytesReceived = from.bytesReceived;
  to.segsIn = from.segsIn;
  to.segsOut = from.segsOut;
  to.dataSegsIn = from.dataSegsIn;
  to.dataSegsOut = from.dataSegsOut;
  to.totalRetrans = from.totalRetrans;
  to.delivered = from.delivered;
  to.sndWndBytes = from.sndWndBytes;
  return to;
}

const NOTHING: EndingMoment = momentOf(newObservation());

function momentOf({
  hasInfo,
  state,
  infoState,
  shutdown,
  wqueueBytes,
  rqueueBytes,
  retransmits,
  probes,
  unacked,
  notsentBytes,
  rttUs,
  bytesAcked,
  bytesSent,
  bytesRetrans,
  bytesReceived,
  segsIn,
  segsOut,
  dataSegsIn,
  dataSegsOut,
  totalRetrans,
  delivered,
  sndWndBytes,
}: Observation): EndingMoment {
  return {
    hasInfo,
    state,
    infoState,
    shutdown,
    wqueueBytes,
    rqueueBytes,
    retransmits,
    probes,
    unacked,
    notsentBytes,
    rttUs,
    bytesAcked,
    bytesSent,
    bytesRetrans,
    bytesReceived,
    segsIn,
    segsOut,
    dataSegsIn,
    dataSegsOut,
    totalRetrans,
    delivered,
    sndWndBytes,
  };
}
