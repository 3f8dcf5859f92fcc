/** Life of a flow: when its connection is established, and when it has ended. */
import type { Flow } from './flow.js';
import type { FlowEvent } from './message.js';
import { IPPROTO_DCCP, IPPROTO_SCTP, IPPROTO_TCP } from './protocol.js';
import { DccpConntrack, SctpConntrack, TcpConntrack } from './state.js';
import { ConntrackStatus } from './status.js';

/**
 * Phase of a flow's connection. `ended` comes before the flow leaves the table: a TCP flow stays in TIME_WAIT for two
 * minutes. `opening` includes flows of protocols without states that nothing has answered.
 */
export type FlowPhase = 'opening' | 'established' | 'ended';

/** Kinds of events that users see: `resync` and `lost` come from a tracker. */
export type FlowEventKind = 'new' | 'established' | 'update' | 'closed' | 'destroy' | 'resync' | 'lost';

const TCP_OPENING: readonly number[] = [
  TcpConntrack.NONE,
  TcpConntrack.SYN_SENT,
  TcpConntrack.SYN_RECV,
  TcpConntrack.SYN_SENT2,
];
const TCP_ENDED: readonly number[] = [TcpConntrack.TIME_WAIT, TcpConntrack.CLOSE];
const SCTP_OPENING: readonly number[] = [
  SctpConntrack.NONE,
  SctpConntrack.COOKIE_WAIT,
  SctpConntrack.COOKIE_ECHOED,
  SctpConntrack.HEARTBEAT_SENT,
];
const SCTP_ENDED: readonly number[] = [SctpConntrack.CLOSED];
const DCCP_OPENING: readonly number[] = [DccpConntrack.NONE, DccpConntrack.REQUEST, DccpConntrack.RESPOND];
const DCCP_ENDED: readonly number[] = [DccpConntrack.TIMEWAIT, DccpConntrack.INVALID];

/**
 * Returns the phase that a message shows; undefined if it has neither a state nor, for protocols without states, a
 * status: such a message changes something else.
 */
export function flowPhase(flow: Flow): FlowPhase | undefined {
  const { status, tcp, sctp, dccp } = flow;
  if (status !== undefined && (status & ConntrackStatus.DYING) !== 0) return 'ended';
  if (tcp?.state !== undefined) return phaseOf(tcp.state, TCP_OPENING, TCP_ENDED);
  if (sctp?.state !== undefined) return phaseOf(sctp.state, SCTP_OPENING, SCTP_ENDED);
  if (dccp?.state !== undefined) return phaseOf(dccp.state, DCCP_OPENING, DCCP_ENDED);
  if (hasState(flow) || status === undefined) return undefined;
  return (status & ConntrackStatus.SEEN_REPLY) === 0 ? 'opening' : 'established';
}

/**
 * Returns the kind of an event. `established` and `closed` are updates that bring the flow to that state; protocols
 * without states have neither.
 */
export function flowEventKind({ kind, flow }: FlowEvent): FlowEventKind {
  if (kind !== 'update') return kind;
  if (flow.tcp?.state === TcpConntrack.ESTABLISHED || flow.sctp?.state === SctpConntrack.ESTABLISHED) {
    return 'established';
  }
  if (flow.dccp?.state === DccpConntrack.OPEN) return 'established';
  const hasEnded = (flow.tcp ?? flow.sctp ?? flow.dccp) !== undefined && flowPhase(flow) === 'ended';
  return hasEnded ? 'closed' : 'update';
}

function phaseOf(state: number, opening: readonly number[], ended: readonly number[]): FlowPhase {
  if (ended.includes(state)) return 'ended';
  return opening.includes(state) ? 'opening' : 'established';
}

/** Returns whether the kernel keeps a state for flows of this protocol. */
function hasState({ orig: { protocol } }: Flow): boolean {
  return protocol === IPPROTO_TCP || protocol === IPPROTO_SCTP || protocol === IPPROTO_DCCP;
}
