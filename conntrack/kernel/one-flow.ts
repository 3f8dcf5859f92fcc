import { constants } from 'node:os';
import { netlink } from '../../native/index.js';
import { AF_INET, AF_INET6, formatAddress, parseAddress } from '../../netlink/index.js';
import {
  buildDeleteRequest,
  buildGetRequest,
  ConntrackDecoder,
  type Flow,
  type FlowAddress,
  type FlowEndpoint,
  hasPorts,
  isIcmp,
  protocolName,
  protocolNumber,
} from '../index.js';
import type { KernelOptions } from '../socket/index.js';
import { KernelSession, type ListingAddon, refusal } from '../socket/index.js';
import { readFlows } from './list.js';

/** Ends of a flow in either direction, as a socket of this machine sees them. */
export interface FlowEnds {
  /** IP protocol as a number or name, e.g. `tcp`. */
  readonly protocol: number | string;
  /** An IPv4-mapped address is taken as IPv4. The port is null for protocols without ports. */
  readonly local: FlowEndpoint;
  readonly remote: FlowEndpoint;
  /** Default 0. */
  readonly zone?: number;
  /** Identifier, type and code of ICMP messages. */
  readonly icmp?: { readonly id: number; readonly type: number; readonly code?: number };
}

/** Result of {@link deleteFlow}. */
export interface DeletedFlow {
  /** True if the kernel had the flow. */
  readonly wasThere: boolean;
  /** True if it was deleted: the kernel had it, and this was no dry run. */
  readonly isDeleted: boolean;
}

/**
 * Returns the flow with these ends, in the direction that opened it or the other one, or the first flow with an id, for
 * which all flows are listed; undefined if no flow has them.
 * @param addon replaced in tests
 * @throws ConntrackError, NamespaceError; RangeError for ends that are no tuple
 */
export async function getFlow(
  question: FlowEnds | { readonly id: number },
  options: KernelOptions = {},
  addon: ListingAddon = netlink,
): Promise<Flow | undefined> {
  if ('id' in question) return await findById(question.id, options, addon);
  return await askFor(flowAddressOf(question), options, addon);
}

/**
 * Deletes the flow that has both these ends and this id, and no other one.
 * @param addon replaced in tests
 * @throws ConntrackError, NamespaceError; RangeError for ends that are no tuple, or an id that is no u32
 */
export async function deleteFlow(
  flow: FlowEnds & { readonly id: number },
  options: KernelOptions & { readonly dryRun?: boolean } = {},
  addon: ListingAddon = netlink,
): Promise<DeletedFlow> {
  const address = flowAddressOf(flow);
  // Also in a dry run: an id that cannot be is no flow.
  const request = buildDeleteRequest({ ...address, id: flow.id });
  if (options.dryRun === true) {
    const found = await askFor(address, options, addon);
    return { wasThere: found?.id === flow.id, isDeleted: false };
  }
  const answer = await ask(request, 'delete a flow', options, addon);
  return { wasThere: answer !== undefined, isDeleted: answer !== undefined };
}

/**
 * Returns the address of a flow with these ends.
 * @throws RangeError for ends that are no tuple
 */
export function flowAddressOf({ protocol: given, local, remote, zone = 0, icmp }: FlowEnds): FlowAddress {
  const protocol = protocolNumber(String(given));
  if (protocol === undefined) throw new RangeError(`${given} is no IP protocol`);
  const [src, dst] = [addressText(local), addressText(remote)];
  const family = familyOf(src);
  if (family !== familyOf(dst)) throw new RangeError(`${src} and ${dst} are of different families`);
  return { family, zone, tuple: { src, dst, protocol, ...protocolPart(protocol, local, remote, icmp) } };
}

function protocolPart(
  protocol: number,
  local: FlowEndpoint,
  remote: FlowEndpoint,
  icmp: FlowEnds['icmp'],
): { sport: number; dport: number } | { icmpId: number; icmpType: number; icmpCode: number } | undefined {
  const name = protocolName(protocol);
  if (hasPorts(protocol)) {
    if (local.port === null || remote.port === null) throw new RangeError(`${name}: both ports are needed`);
    return { sport: local.port, dport: remote.port };
  }
  if (local.port !== null || remote.port !== null) throw new RangeError(`${name} has no ports`);
  if (!isIcmp(protocol)) return undefined;
  if (icmp === undefined) throw new RangeError(`${name}: identifier and type are needed`);
  return { icmpId: icmp.id, icmpType: icmp.type, icmpCode: icmp.code ?? 0 };
}

/** Returns the text of an address, of IPv4 for an IPv4-mapped one. */
function addressText({ address }: FlowEndpoint): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new RangeError(`${address} is no address`);
  return formatAddress(parsed.bytes, parsed.family);
}

function familyOf(text: string): FlowAddress['family'] {
  return text.includes(':') ? AF_INET6 : AF_INET;
}

async function findById(id: number, options: KernelOptions, addon: ListingAddon): Promise<Flow | undefined> {
  for await (const batch of readFlows(options, addon)) {
    const found = batch.find((flow) => flow.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function askFor(address: FlowAddress, options: KernelOptions, addon: ListingAddon): Promise<Flow | undefined> {
  const answer = await ask(buildGetRequest(address), 'get a flow', options, addon);
  return answer === undefined ? undefined : new ConntrackDecoder().flow(answer);
}

/** Sends one request. Returns the answer, empty if it is only acknowledged; undefined if there is no such flow. */
async function ask(
  request: Uint8Array,
  what: string,
  { namespace, signal }: KernelOptions,
  addon: ListingAddon,
): Promise<Uint8Array | undefined> {
  signal?.throwIfAborted();
  const session = new KernelSession(namespace, addon);
  try {
    const { data, errnos } = await session.flows.ask(request);
    signal?.throwIfAborted();
    const errno = errnos[0] ?? 0;
    if (errno === constants.errno.ENOENT) return undefined;
    if (errno !== 0) throw refusal(errno, { what });
    return data;
  } catch (error) {
    throw session.errorOf(error, what, false);
  } finally {
    await session.close();
  }
}
