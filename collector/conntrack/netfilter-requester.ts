import { NETLINK_NETFILTER } from '../../conntrack/index.js';
import type { NetlinkAddon, Requester } from '../../native/index.js';

/**
 * Creates a thread that sends requests to netfilter.
 * @param namespace open file of a network namespace (default: the collector's own)
 */
export function netfilterRequester(netlink: Pick<NetlinkAddon, 'Requester'>, namespace?: number): Requester {
  return new netlink.Requester({
    protocol: NETLINK_NETFILTER,
    ...(namespace === undefined ? {} : { namespace }),
  });
}
