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
import type { DestroyEventsOptions, DumpRequest, SourceFilters, SourceOptions } from '../native/index.js';
import { AF_INET, AF_INET6, fieldOf } from '../netlink/index.js';
import { TcpState, tcpStateMask } from '../tcp/index.js';

const ENOENT = 2;
const ASKED = { states: CONNECTION_STATES, ext: ALL_EXTENSIONS };

const QUERY_METHOD_NAMES = ['one walk for both families', 'one walk a family'] as const;

/** Returns the name of a query method of {@link tcpConnections} by its index. */
export function queryMethodName(queryMethod: number): string {
  return QUERY_METHOD_NAMES[queryMethod % QUERY_METHOD_NAMES.length] ?? String(queryMethod);
}

/** Returns whether the kernel runs the filter of scans with this query method, if there is one. */
export function isFilteredMethod(queryMethod: number): boolean {
  return queryMethod < QUERY_METHOD_NAMES.length;
}

/** Returns the bytes of the filter program that the kernel runs with this query method; 0 without a program. */
export function kernelFilterBytes(queryMethod: number, filter: KernelFilter | undefined): number {
  return isFilteredMethod(queryMethod) ? (filter?.bytecode.length ?? 0) : 0;
}

/** Modes of subscribing to destroy events. auto: if available; on: the collector fails to start without; off: never. */
export const DESTROY_EVENTS_MODES = ['auto', 'on', 'off'] as const;
export type DestroyEventsMode = (typeof DESTROY_EVENTS_MODES)[number];

/** Destroy events that the receive buffer should hold: a few seconds on the busiest machine. */
const EVENTS_HELD = 50_000;
/**
 * Shortest wait for a socket's destroy event, in complete scans after the first one without the socket. A socket leaves
 * the kernel's table when its connection is over. Its event follows when the application has closed it and a kernel
 * worker has sent the event: usually soon, but on a busy machine with a stalled processor events came over a second
 * later than those of later sockets.
 */
const GRACE_SCANS = 2;
/** Shortest wait for a socket's destroy event, nanoseconds. */
const GRACE_NS = 3e9;

function destroyEvents(mode: DestroyEventsMode, intervalNs: number, filter?: KernelFilter): DestroyEventsOptions {
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

/** Returns the query methods for sockets, best first. */
function queryMethods(bytecode: Uint8Array, asked: typeof ASKED = ASKED): Uint8Array[][] {
  const ask = { ...asked, bytecode };
  return [
    [buildGetSockRequest(ask)],
    [buildSockDiagRequest({ ...ask, family: AF_INET6 }), buildSockDiagRequest({ ...ask, family: AF_INET })],
  ];
}
/** Scan interval of an empty namespace: destroy events report connections that live between two scans. */
const IDLE_INTERVAL_NS = 1e9;

/**
 * Returns the source of all TCP connections of a network namespace, without listeners. Requests one walk over the
 * kernel's table for both families. If the kernel rejects that, requests each family, IPv6 first like the reference. If
 * the kernel rejects the filter, requests all connections.
 * @param intervalNs scan interval (the beat), nanoseconds
 * @param filter lets the kernel drop unwanted sockets
 * @param tally classic BPF: sockets that it rejects are not counted; absent or empty: all are
 * @param namespace open file of the namespace; absent: this process's own, which keeps its beat even when it is empty
 */
export function tcpConnections(
  intervalNs: number,
  events: DestroyEventsMode,
  {
    filter,
    namespace,
    tally = new Uint8Array(),
  }: { readonly filter?: KernelFilter | undefined; readonly namespace?: number; readonly tally?: Uint8Array } = {},
): SourceOptions {
  return {
    protocol: NETLINK_SOCK_DIAG,
    queryMethods: filteredMethods(filter),
    dataTypes: [TCPDIAG_GETSOCK, SOCK_DIAG_BY_FAMILY],
    // A kernel without IPv6 has no handler for that family.
    emptyErrno: ENOENT,
    ...TCP_CHANGE_SHAPE,
    intervalNs,
    // idiag_family is the first byte of inet_diag_msg.
    tally: { offset: 0, values: [AF_INET, AF_INET6], filter: tally },
    leftovers: [MINI_SOCKET, DYING_SOCKET, PORTLESS_SOCKET],
    ...(namespace === undefined ? {} : { namespace, idleIntervalNs: Math.max(IDLE_INTERVAL_NS, intervalNs) }),
    ...(events === 'off' ? {} : { destroyEvents: destroyEvents(events, intervalNs, filter) }),
  };
}

/** Returns filters to replace those of a source of {@link tcpConnections} while it runs. */
export function tcpConnectionFilters(filter: KernelFilter | undefined, tally: Uint8Array): SourceFilters {
  return { queryMethods: filteredMethods(filter), tally, events: filter?.events ?? unboundSocketsFilter() };
}

function filteredMethods(filter: KernelFilter | undefined): Uint8Array[][] {
  const bytecode = filter?.bytecode ?? new Uint8Array();
  const unfiltered = queryMethods(new Uint8Array());
  return bytecode.length === 0 ? unfiltered : [...queryMethods(bytecode), ...unfiltered];
}

/** Request that matches no socket: none in the kernel's table of connections is in state CLOSE. */
const NO_SOCKETS = { states: tcpStateMask([TcpState.CLOSE]), ext: 0 };

/** Returns a source that walks the kernel's table but copies no socket: the base cost of every scan. */
export function emptyWalk(intervalNs: number): SourceOptions {
  return { ...tcpConnections(intervalNs, 'off'), queryMethods: queryMethods(new Uint8Array(), NO_SOCKETS) };
}

const SYN_RECEIVED = { states: tcpStateMask([TcpState.SYN_RECV, TcpState.NEW_SYN_RECV]), ext: 0 };

/** Returns the request for half-open connections of the own network namespace: handshakes that are not finished. */
export function tcpHalfOpen(): DumpRequest {
  return {
    protocol: NETLINK_SOCK_DIAG,
    queryMethods: queryMethods(new Uint8Array(), SYN_RECEIVED),
    dataTypes: [TCPDIAG_GETSOCK, SOCK_DIAG_BY_FAMILY],
    emptyErrno: ENOENT,
  };
}

/** Length of both ports, at the start of a socket's id. */
const PORTS_BYTES = 4;
const LISTEN = { states: tcpStateMask([TcpState.LISTEN]), ext: 0 };
const rqueue = fieldOf(INET_DIAG_MSG, 'rqueue');
const wqueue = fieldOf(INET_DIAG_MSG, 'wqueue');
/** Attribute numbers, more than the kernel uses. */
const ALL_ATTRIBUTES = Array.from({ length: 64 }, (_, number) => number);

/**
 * Returns the source of the listening sockets of the own network namespace. They have a hash table of their own, so the
 * kernel does not walk the connections. A change of ports or queues counts as a change.
 * @param intervalNs scan interval (the beat), nanoseconds
 */
export function tcpListeners(intervalNs: number): SourceOptions {
  return {
    protocol: NETLINK_SOCK_DIAG,
    queryMethods: queryMethods(new Uint8Array(), LISTEN),
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
