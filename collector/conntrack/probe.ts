import { getSystemErrorMap } from 'node:util';
import { buildGetRequest, IPPROTO_TCP } from '../../conntrack/index.js';
import type { Requester } from '../../native/index.js';
import { AF_INET } from '../../netlink/index.js';

const ENOENT = 2;
const EPERM = 1;

/** Thrown when flows are required but cannot be looked up. */
export class FlowLookupError extends Error {
  override readonly name = 'FlowLookupError';
  readonly code = 'ERR_CONNTRACK';
}

/** Asks for a flow that does not exist. Returns the reason for which flows cannot be looked up; undefined if they can. */
export async function conntrackRefusal(requester: Pick<Requester, 'ask'>): Promise<string | undefined> {
  const [src, dst] = ['127.0.0.1', '127.0.0.2'];
  const tuple = { protocol: IPPROTO_TCP, src, dst, sport: 1, dport: 1 };
  let errno: number;
  try {
    errno = (await requester.ask(buildGetRequest({ family: AF_INET, tuple }))).errnos[0] ?? 0;
  } catch (error) {
    return `the kernel has no connection tracking over netlink (${error instanceof Error ? error.message : String(error)})`;
  }
  if (errno === 0 || errno === ENOENT) return undefined;
  if (errno === EPERM) return 'CAP_NET_ADMIN is missing';
  return `the kernel refuses to look up flows: ${getSystemErrorMap().get(-errno)?.[0] ?? errno}`;
}
