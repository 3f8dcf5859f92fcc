import { CONNECTION_UPDATES, type EventFilter, IPPROTO_TCP, type KernelEventKind, TcpConntrack } from '../index.js';
import type { FollowedKind } from './options.js';

/** Returns the filter of a condition's events that keeps the wanted kinds, and those that the kernel cannot tell apart. */
export function eventFilterOf(filter: EventFilter, wanted: ReadonlySet<FollowedKind>): EventFilter {
  if (wanted.has('update') || !(wanted.has('established') || wanted.has('closed'))) return filter;
  const tcpStates = CONNECTION_UPDATES.tcpStates.filter((state) =>
    wanted.has(state === TcpConntrack.ESTABLISHED ? 'established' : 'closed'),
  );
  const { protocols } = filter;
  const isTcpOnly = protocols?.every((protocol) => protocol === IPPROTO_TCP) ?? false;
  return { ...filter, updates: { tcpStates, others: !isTcpOnly } };
}

/** Returns the kernel's kinds of the wanted events. */
export function kernelKindsOf(wanted: ReadonlySet<FollowedKind>): ReadonlySet<KernelEventKind> {
  return new Set([...wanted].map((kind) => (kind === 'new' || kind === 'destroy' ? kind : 'update')));
}
