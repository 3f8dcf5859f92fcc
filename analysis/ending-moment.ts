import type { Observation } from './observation.js';

/** Part of an {@link Observation} that shows how a connection ended. */
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

/** Creates a moment whose fields are all unknown. */
export function emptyMoment(): EndingMoment {
  return {
    hasInfo: false,
    state: 0,
    infoState: null,
    shutdown: null,
    wqueueBytes: null,
    rqueueBytes: null,
    retransmits: null,
    probes: null,
    unacked: null,
    notsentBytes: null,
    rttUs: null,
    bytesAcked: null,
    bytesSent: null,
    bytesRetrans: null,
    bytesReceived: null,
    segsIn: null,
    segsOut: null,
    dataSegsIn: null,
    dataSegsOut: null,
    totalRetrans: null,
    delivered: null,
    sndWndBytes: null,
  };
}

/** Copies a moment and returns the copy. Assigning field by field is many times as fast as a loop over the names. */
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
