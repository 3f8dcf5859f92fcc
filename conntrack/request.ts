/** Requests of connection tracking. None of them can delete more than one flow. */
import { AF_UNSPEC, NLM_F_ACK, NLM_F_DUMP } from '../netlink/index.js';
import { be16Payload, be32Payload, buildRequest, type OutgoingAttribute } from './attribute-writer.js';
import {
  CTA_ID,
  CTA_TUPLE_ORIG,
  CTA_ZONE,
  IPCTNL_MSG_CT_DELETE,
  IPCTNL_MSG_CT_GET,
  IPCTNL_MSG_CT_GET_CTRZERO,
  IPCTNL_MSG_CT_GET_STATS,
  IPCTNL_MSG_CT_GET_STATS_CPU,
} from './constants.js';
import { type DumpFilter, filterAttributes, filterFamily } from './dump-filter.js';
import type { FlowFamily, Tuple } from './tuple.js';
import { tupleAttributes } from './tuple-attributes.js';

/** Flow to ask for: a tuple of either direction. */
export interface FlowAddress {
  readonly family: FlowFamily;
  /** Tuple of either direction: the kernel compares it with both. */
  readonly tuple: Tuple;
  /** Zone of both directions (default 0). */
  readonly zone?: number;
}

/** One flow, and no later one with the same tuple. */
export interface ExactFlow extends FlowAddress {
  readonly id: number;
}

/** Options of {@link buildDumpRequest}. */
export interface DumpRequest extends DumpFilter {
  /** True to set the counters of all returned flows to zero, which takes them from every other reader. */
  readonly zero?: boolean;
}

/**
 * Builds a request to dump all flows that a filter accepts.
 * @throws RangeError as {@link filterAttributes}
 */
export function buildDumpRequest({ zero = false, ...filter }: DumpRequest = {}): Uint8Array {
  const message = zero ? IPCTNL_MSG_CT_GET_CTRZERO : IPCTNL_MSG_CT_GET;
  return buildRequest({ message, flags: NLM_F_DUMP, family: filterFamily(filter) }, filterAttributes(filter));
}

/**
 * Builds a request for the flow that has a tuple in one of its directions. The kernel answers with the flow or ENOENT.
 * @throws RangeError for an address of another family
 */
export function buildGetRequest(flow: FlowAddress): Uint8Array {
  return buildRequest({ message: IPCTNL_MSG_CT_GET, flags: 0, family: flow.family }, addressAttributes(flow));
}

/**
 * Builds a request to delete exactly one flow. The kernel answers with ENOENT if no flow has both tuple and id.
 * @throws RangeError for a tuple without addresses of the family, and for an id that is no u32: the kernel would empty the
 *   table without a tuple, and delete any flow of the tuple without an id
 */
export function buildDeleteRequest(flow: ExactFlow): Uint8Array {
  const { family, tuple, id } = flow;
  if (!Number.isInteger(id) || id < 0 || id > MAX_U32) throw new RangeError(`id ${id} is no u32`);
  if (!Number.isInteger(tuple.protocol) || tuple.src === undefined || tuple.dst === undefined) {
    throw new RangeError('delete without a whole tuple');
  }
  const attributes: OutgoingAttribute[] = [...addressAttributes(flow), [CTA_ID, be32Payload(id)]];
  return buildRequest({ message: IPCTNL_MSG_CT_DELETE, flags: NLM_F_ACK, family }, attributes);
}

const MAX_U32 = 0xffff_ffff;

/** Builds a request for statistics of every CPU, a dump. */
export function buildCpuStatisticsRequest(): Uint8Array {
  return buildRequest({ message: IPCTNL_MSG_CT_GET_STATS_CPU, flags: NLM_F_DUMP, family: AF_UNSPEC });
}

/** Builds a request for the number of flows and its limit, with one answer. */
export function buildTableStatisticsRequest(): Uint8Array {
  return buildRequest({ message: IPCTNL_MSG_CT_GET_STATS, flags: 0, family: AF_UNSPEC });
}

function addressAttributes({ family, tuple, zone = 0 }: FlowAddress): OutgoingAttribute[] {
  const attributes: OutgoingAttribute[] = [[CTA_TUPLE_ORIG, tupleAttributes(family, tuple)]];
  if (zone !== 0) attributes.push([CTA_ZONE, be16Payload(zone)]);
  return attributes;
}
