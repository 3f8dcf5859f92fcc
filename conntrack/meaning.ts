/** Meaning of a flow for this machine: its ends, its translation, its state by name. */

import type { Flow } from './flow.js';
import { dccpConntrackName, sctpConntrackName, tcpConntrackName } from './state.js';
import { ConntrackStatus } from './status.js';
import type { Tuple } from './tuple.js';

/**
 * Ends of a flow that are on this machine: the one that opened it, the other one, both, or none because the machine
 * forwards its packets.
 */
export type FlowSide = 'orig' | 'reply' | 'both' | 'forwarded';

/** Address and port of one end; the port is null for protocols without ports. */
export interface FlowEndpoint {
  readonly address: string;
  readonly port: number | null;
}

/** Ends of a flow as a socket of this machine sees them. */
export interface FlowEndpoints {
  /** Absent if the machine's addresses are not known; then the end that opened the flow is taken as local. */
  readonly side?: FlowSide;
  readonly local: FlowEndpoint;
  readonly remote: FlowEndpoint;
}

/** Translation of a flow: which of its ends are translated. */
export type NatKind = 'none' | 'source' | 'destination' | 'both';

/** An end before and after its translation, in the direction that opened the flow. */
export interface Translation {
  readonly before: FlowEndpoint;
  readonly after: FlowEndpoint;
}

/** Part of a flow from which its translation follows. */
export interface TranslatedFlow {
  /** `IPS_*` bits. */
  readonly status?: number;
  readonly orig: Pick<Tuple, 'src' | 'sport' | 'dst' | 'dport'>;
  readonly reply: Pick<Tuple, 'src' | 'sport' | 'dst' | 'dport'>;
}

/** Translations of a flow. */
export interface FlowNat {
  readonly kind: NatKind;
  readonly source?: Translation;
  readonly destination?: Translation;
}

/**
 * Returns the ends of a flow. Local is the end that opened the flow if it is on this machine, and also if no end is
 * (`forwarded`); then `remote` is the destination that it asked for. The other end, if only that one is on this machine,
 * sees both addresses as its socket does, after translation.
 * @param isLocal returns whether an address belongs to this machine; without it `side` is absent
 */
export function flowEndpoints(flow: Flow, isLocal?: (address: string) => boolean): FlowEndpoints {
  const { orig, reply } = flow;
  if (isLocal === undefined) return { local: sourceOf(orig), remote: destinationOf(orig) };
  const [opened, answered] = [isLocal(orig.src), isLocal(reply.src)];
  if (!opened && answered) return { side: 'reply', local: sourceOf(reply), remote: destinationOf(reply) };
  const side = opened ? (answered ? 'both' : 'orig') : 'forwarded';
  return { side, local: sourceOf(orig), remote: destinationOf(orig) };
}

/** Returns the translations of a flow. Only two of the status bits say that there is one. */
export function flowNat({ status = 0, orig, reply }: TranslatedFlow): FlowNat {
  const isSource = (status & ConntrackStatus.SRC_NAT) !== 0;
  const isDestination = (status & ConntrackStatus.DST_NAT) !== 0;
  const kind = isSource ? (isDestination ? 'both' : 'source') : isDestination ? 'destination' : 'none';
  return {
    kind,
    ...(isSource ? { source: { before: sourceOf(orig), after: destinationOf(reply) } } : {}),
    ...(isDestination ? { destination: { before: destinationOf(orig), after: sourceOf(reply) } } : {}),
  };
}

/** Returns the name of a flow's state, such as ESTABLISHED; undefined for protocols without one, or if it is unknown. */
export function flowStateName({ tcp, sctp, dccp }: Flow): string | undefined {
  if (tcp?.state !== undefined) return tcpConntrackName(tcp.state);
  if (sctp?.state !== undefined) return sctpConntrackName(sctp.state);
  return dccp?.state === undefined ? undefined : dccpConntrackName(dccp.state);
}

/** Formats an end as `192.0.2.1:80`, `[2001:db8::1]:80`, or an address alone. */
export function formatFlowEndpoint({ address, port }: FlowEndpoint): string {
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function sourceOf({ src, sport }: TranslatedFlow['orig']): FlowEndpoint {
  return { address: src, port: sport ?? null };
}

function destinationOf({ dst, dport }: TranslatedFlow['orig']): FlowEndpoint {
  return { address: dst, port: dport ?? null };
}
