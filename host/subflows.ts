import type { Machine } from './machine.js';

/** First release that shows the upper-layer protocol of sockets, and so subflows of MPTCP, to everybody. */
const SHOWN_SINCE = [6, 15] as const;

/**
 * Returns a sentence that says why connections do not show whether they are subflows of MPTCP; undefined if they do. Of
 * INET_DIAG_ULP_INFO, tcp_diag.c.
 */
export function whyNoSubflows({ kernel, netAdmin }: Pick<Machine, 'kernel' | 'netAdmin'>): string | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(kernel) ?? [];
  if (netAdmin || major === undefined || minor === undefined) return undefined;
  const isShown = Number(major) === SHOWN_SINCE[0] ? Number(minor) >= SHOWN_SINCE[1] : Number(major) > SHOWN_SINCE[0];
  return isShown ? undefined : 'subflows of MPTCP are unknown: before Linux 6.15 they take CAP_NET_ADMIN';
}
