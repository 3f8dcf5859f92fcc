import { type FlowEndpoint, formatFlowEndpoint, hasPorts, isIcmp, protocolNumber } from '../../../conntrack/index.js';
import type { FlowEnds } from '../../../conntrack/kernel/index.js';
import { formatAddress, parseAddress } from '../../../netlink/index.js';
import { parsePort } from '../../flags/values.js';
import type { FlowOptions } from './options.js';
import { UsageError } from './run-action.js';

/**
 * Parses `PROTO LOCAL REMOTE`.
 * @throws UsageError
 */
export function parseFlowEnds(words: readonly string[], { zone, icmp }: Pick<FlowOptions, 'zone' | 'icmp'>): FlowEnds {
  const [name, first, second, ...more] = words;
  if (name === undefined || first === undefined || second === undefined || more.length > 0) {
    throw new UsageError('expected PROTO LOCAL REMOTE, such as tcp 10.0.0.1:50000 10.0.0.2:443');
  }
  const protocol = protocolNumber(name);
  if (protocol === undefined)
    throw new UsageError(`'${name}' is no protocol: tcp, udp, icmp, icmpv6, sctp, or a number`);
  if (isIcmp(protocol) !== (icmp !== undefined)) {
    throw new UsageError(isIcmp(protocol) ? `${name} needs --icmp=ID,TYPE` : `--icmp is not for ${name}`);
  }
  const [local, remote] = [first, second].map((text) => parseEnd(text, hasPorts(protocol)));
  if (local === undefined || remote === undefined) throw new UsageError('two ends are needed');
  if (isIpv6(local) !== isIpv6(remote)) throw new UsageError('one end is IPv4, the other one IPv6');
  return {
    protocol,
    local,
    remote,
    ...(zone === undefined ? {} : { zone }),
    ...(icmp === undefined ? {} : { icmp }),
  };
}

/** Formats ends as the user gives them. */
export function formatEnds({ local, remote }: FlowEnds): string {
  return `${formatFlowEndpoint(local)} ${formatFlowEndpoint(remote)}`;
}

/** Parses `ADDRESS:PORT`, `[ADDRESS]:PORT`, or an address alone for protocols without ports. @throws UsageError */
function parseEnd(text: string, hasPort: boolean): FlowEndpoint {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const port = digits === undefined ? undefined : parsePort(digits);
  const address = parseAddress(hasPort ? (bracketed ?? plain ?? '') : text.replace(/^\[(.*)\]$/, '$1'));
  if (address === undefined || hasPort !== (port !== undefined)) {
    const form = hasPort ? 'ADDRESS:PORT, such as 10.0.0.1:443 or [2001:db8::1]:443' : 'an address without a port';
    throw new UsageError(`'${text}': expected ${form}`);
  }
  return { address: formatAddress(address.bytes, address.family), port: port ?? null };
}

function isIpv6({ address }: FlowEndpoint): boolean {
  return address.includes(':');
}
