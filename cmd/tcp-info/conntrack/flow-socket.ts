import type { Flow, FlowEndpoints } from '../../../conntrack/index.js';

/** Parts of tcp_info; all but the state are absent for sockets that have none, such as those in TIME_WAIT. */
export interface SocketInfo {
  readonly state: string;
  readonly rttUs?: number;
  readonly minRttUs?: number;
  readonly totalRetrans?: number;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
}

/** Socket of a flow, and what is known of it. */
export interface FlowSocket {
  readonly uuid: string;
  /** Absent if only the UUID is known, from an earlier event. */
  readonly tcp?: SocketInfo;
}

/** Flow to look up, with the ends that its socket has. */
export interface LookedUpFlow {
  readonly flow: Flow;
  readonly endpoints: FlowEndpoints;
}

/** Value whose members may also be undefined. */
type Undefinable<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Returns what is known of a socket. */
export function socketInfo(state: string, values: Undefinable<Omit<SocketInfo, 'state'>>): SocketInfo {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return { state, ...(Object.fromEntries(known) as Omit<SocketInfo, 'state'>) };
}

/** Returns the members that a socket adds to the JSON of its flow. */
export function socketJson(socket: FlowSocket | undefined): { readonly more?: Readonly<Record<string, unknown>> } {
  return socket === undefined ? {} : { more: { ...socket } };
}

/** Returns what tables and lines show of the socket of a flow. */
export function shownSocket(socket: FlowSocket | undefined): {
  readonly socket?: { readonly uuid: string; readonly rttUs?: number };
} {
  if (socket === undefined) return {};
  const { uuid, tcp } = socket;
  return { socket: { uuid, ...(tcp?.rttUs === undefined ? {} : { rttUs: tcp.rttUs }) } };
}
