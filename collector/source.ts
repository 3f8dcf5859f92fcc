import {
  ALL_EXTENSIONS,
  buildGetSockRequest,
  buildSockDiagRequest,
  CONNECTION_STATES,
  DESTROY_EVENT_TRUESIZE,
  DYING_SOCKET,
  INET_DIAG_MSG,
  INET_DIAG_MSG_COOKIE_OFFSET,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_MSG_SIZE,
  type KernelFilter,
  MINI_SOCKET,
  NETLINK_SOCK_DIAG,
  PORTLESS_SOCKET,
  SOCK_DIAG_BY_FAMILY,
  TCP_CHANGE_SHAPE,
  TCP_DESTROY_GROUPS,
  TCPDIAG_GETSOCK,
  unboundSocketsFilter,
} from '../inetdiag/index.js';
import type { DumpRequest, EndEventsOptions, SourceOptions } from '../native/index.js';
import { AF_INET, AF_INET6, fieldOf } from '../netlink/index.js';
import { TcpState, tcpStateMask } from '../tcp/index.js';

const ENOENT = 2;
const ASKED = { states: CONNECTION_STATES, ext: ALL_EXTENSIONS };

const WAY_NAMES = ['one walk for both families', 'one walk a family'] as const;

/** What a way of {@link tcpConnections} is called, by its index: what the machine lets the collector do. */
export function wayName(way: number): string {
  return WAY_NAMES[way % WAY_NAMES.length] ?? String(way);
}

/** Bytes of the filter program that the kernel runs in scans on this way; 0 when it runs none. */
export function kernelFilterBytes(way: number, filter: KernelFilter | undefined): number {
  return way < WAY_NAMES.length ? (filter?.bytecode.length ?? 0) : 0;
}

/** Whether the kernel is asked to tell of every socket's end: if it can, or else the collector does not start, or no. */
export const DESTROY_EVENTS_MODES = ['auto', 'on', 'off'] as const;
export type DestroyEventsMode = (typeof DESTROY_EVENTS_MODES)[number];

/** Destroy events that the receive buffer should hold: some seconds of the busiest machine. */
const EVENTS_HELD = 50_000;
/**
 * A socket leaves the kernel's table when the connection is over, and its event comes when its application has closed it
 * and a kernel worker got to tell of it: soon, as a rule, but on a busy machine events were seen a second and more behind
 * those of later sockets, when one of its processors stood still. So the event is waited for, for so many complete scans
 * after the first that lacks the socket, and for about so long.
 */
const GRACE_SCANS = 2;
const GRACE_NS = 3e9;

function destroyEvents(mode: DestroyEventsMode, intervalNs: number, filter?: KernelFilter): EndEventsOptions {
  return {
    groups: TCP_DESTROY_GROUPS,
    dataTypes: [SOCK_DIAG_BY_FAMILY],
    receiveBufferBytes: EVENTS_HELD * DESTROY_EVENT_TRUESIZE,
    filter: filter?.events ?? unboundSocketsFilter(),
    fallbackFilter: unboundSocketsFilter(),
    graceScans: Math.max(GRACE_SCANS, Math.ceil(GRACE_NS / intervalNs)),
    required: mode === 'on',
  };
}

/** The ways to ask for sockets, best first. */
function waysToAsk(bytecode: Uint8Array, asked: typeof ASKED = ASKED): Uint8Array[][] {
  const ask = { ...asked, bytecode };
  return [
    [buildGetSockRequest(ask)],
    [buildSockDiagRequest({ ...ask, family: AF_INET6 }), buildSockDiagRequest({ ...ask, family: AF_INET })],
  ];
}
/** An empty namespace is looked into this often: what happens in it meanwhile is told of by events. */
const IDLE_INTERVAL_NS = 1e9;

/**
 * Every TCP connection of a network namespace, on a beat. Listeners are not asked for: they are always excluded.
 * Best is one walk over the kernel's table for both families; a kernel that refuses it is asked for each family, IPv6
 * first as the reference does; and one that refuses the filter is asked for everything.
 * @param intervalNs the beat, nanoseconds
 * @param filter keeps sockets that are not wanted from being copied
 * @param namespace an open file of the namespace; absent: this process's own, which keeps its beat even when it is empty
 */
export function tcpConnections(
  intervalNs: number,
  events: DestroyEventsMode,
  { filter, namespace }: { readonly filter?: KernelFilter | undefined; readonly namespace?: number } = {},
): SourceOptions {
  const bytecode = filter?.bytecode ?? new Uint8Array();
  const unfiltered = waysToAsk(new Uint8Array());
  return {
    protocol: NETLINK_SOCK_DIAG,
    ways: bytecode.length === 0 ? unfiltered : [...waysToAsk(bytecode), ...unfiltered],
    dataTypes: [TCPDIAG_GETSOCK, SOCK_DIAG_BY_FAMILY],
    // A kernel without IPv6 has no handler for it.
    emptyErrno: ENOENT,
    ...TCP_CHANGE_SHAPE,
    intervalNs,
    // idiag_family is the first byte of inet_diag_msg.
    tally: { offset: 0, values: [AF_INET, AF_INET6] },
    remnants: [MINI_SOCKET, DYING_SOCKET, PORTLESS_SOCKET],
    ...(namespace === undefined ? {} : { namespace, idleIntervalNs: Math.max(IDLE_INTERVAL_NS, intervalNs) }),
    ...(events === 'off' ? {} : { ends: destroyEvents(events, intervalNs, filter) }),
  };
}

/** A state that no socket in the kernel's table of connections is in. */
const NO_SOCKETS = { states: tcpStateMask([TcpState.CLOSE]), ext: 0 };

/** A walk over the kernel's table on a beat that copies nothing: what every scan costs before its first connection. */
export function emptyWalk(intervalNs: number): SourceOptions {
  return { ...tcpConnections(intervalNs, 'off'), ways: waysToAsk(new Uint8Array(), NO_SOCKETS) };
}

const SYN_RECEIVED = { states: tcpStateMask([TcpState.SYN_RECV, TcpState.NEW_SYN_RECV]), ext: 0 };

/** Half-open connections of the own network namespace: handshakes that their listener has not finished. */
export function tcpHalfOpen(): DumpRequest {
  return {
    protocol: NETLINK_SOCK_DIAG,
    ways: waysToAsk(new Uint8Array(), SYN_RECEIVED),
    dataTypes: [TCPDIAG_GETSOCK, SOCK_DIAG_BY_FAMILY],
    emptyErrno: ENOENT,
  };
}

/** Both ports come first in a socket's id. */
const PORTS_BYTES = 4;
const LISTEN = { states: tcpStateMask([TcpState.LISTEN]), ext: 0 };
const rqueue = fieldOf(INET_DIAG_MSG, 'rqueue');
const wqueue = fieldOf(INET_DIAG_MSG, 'wqueue');
/** More than there are numbers of attributes. */
const ALL_ATTRIBUTES = Array.from({ length: 64 }, (_, number) => number);

/**
 * The listening sockets of the own network namespace, on a beat: of their own hash table, so that connections are not
 * walked. Their change is told when ports or queues are different.
 * @param intervalNs the beat, nanoseconds
 */
export function tcpListeners(intervalNs: number): SourceOptions {
  return {
    protocol: NETLINK_SOCK_DIAG,
    ways: waysToAsk(new Uint8Array(), LISTEN),
    dataTypes: [TCPDIAG_GETSOCK, SOCK_DIAG_BY_FAMILY],
    emptyErrno: ENOENT,
    keyOffset: INET_DIAG_MSG_COOKIE_OFFSET,
    attributesOffset: INET_DIAG_MSG_SIZE,
    mask: {
      header: [
        [INET_DIAG_MSG_ID_OFFSET, INET_DIAG_MSG_ID_OFFSET + PORTS_BYTES],
        [rqueue.offset, wqueue.offset + wqueue.size],
      ],
      attributes: [],
      ignored: ALL_ATTRIBUTES,
    },
    intervalNs,
  };
}
