import {
  ConntrackStatus,
  FLOW_STATES,
  type Flow,
  type FlowSide,
  familyName,
  flowNat,
  flowStateName,
  formatNs,
  labelBits,
  type NatKind,
  protocolName,
  statusNames,
  type Tuple,
} from '../conntrack/index.js';
import { type FlagDefinition, Vocabulary } from '../expression/index.js';
import type { FlowRow } from './flow-row.js';
import { isScalar, type RowField, type ScalarField } from './row-field.js';

const NS_PER_US = 1000n;

/** All values of fields that have few: an expression that names another one is refused; it would match nothing. */
const FAMILIES: readonly string[] = ['ipv4', 'ipv6'];
const SIDES: readonly FlowSide[] = ['orig', 'reply', 'both', 'forwarded'];
const NAT_KINDS: readonly NatKind[] = ['none', 'source', 'destination', 'both'];

/** Fields of a direction's tuple and counters; their names have two parts, such as `orig.dport`. */
function directionFields(
  part: 'orig' | 'reply',
  direction: string,
  counters: 'origCounters' | 'replyCounters',
): RowField<FlowRow>[] {
  const tuple = ({ flow }: FlowRow): Tuple => flow[part];
  const base = { part, isQualified: true } as const;
  return [
    { ...base, name: 'src', type: 'address', description: `Source ${direction}`, read: (row) => tuple(row).src },
    { ...base, name: 'sport', type: 'port', description: `Source port ${direction}`, read: (row) => tuple(row).sport },
    { ...base, name: 'dst', type: 'address', description: `Destination ${direction}`, read: (row) => tuple(row).dst },
    {
      ...base,
      name: 'dport',
      type: 'port',
      description: `Destination port ${direction}`,
      read: (row) => tuple(row).dport,
    },
    {
      ...base,
      name: 'icmpType',
      type: 'number',
      description: `Type of ICMP messages ${direction}`,
      read: (row) => tuple(row).icmpType,
    },
    {
      ...base,
      name: 'packets',
      type: 'count',
      unit: 'packets',
      description: `Packets ${direction}; null unless nf_conntrack_acct is set`,
      read: ({ flow }) => flow[counters]?.packets,
    },
    {
      ...base,
      name: 'bytes',
      type: 'bytes',
      unit: 'B',
      description: `Bytes ${direction}, with IP headers; null unless nf_conntrack_acct is set`,
      read: ({ flow }) => flow[counters]?.bytes,
    },
  ];
}

/** Returns a field with a time of the kernel. */
function timeField(name: string, description: string, read: (flow: Flow) => bigint | undefined): ScalarField<FlowRow> {
  return {
    part: 'flow',
    name,
    type: 'time',
    unit: 'us',
    description: `${description}; null unless nf_conntrack_timestamp is set`,
    read: ({ flow }) => {
      const ns = read(flow);
      return ns === undefined ? null : Number(ns / NS_PER_US);
    },
    json: ({ flow }) => {
      const ns = read(flow);
      return ns === undefined ? null : formatNs(ns);
    },
  };
}

/** Fields of a flow. Local and remote ends are those of the socket on this machine. */
export const FLOW_FIELDS: readonly RowField<FlowRow>[] = [
  { part: 'flow', name: 'id', type: 'number', description: 'Id, a 32-bit hash', read: ({ flow }) => flow.id },
  {
    part: 'flow',
    name: 'family',
    type: 'text',
    values: FAMILIES,
    description: 'ipv4 or ipv6',
    isDefault: true,
    read: ({ flow }) => familyName(flow.family),
  },
  {
    part: 'flow',
    name: 'protocol',
    aliases: ['proto'],
    type: 'text',
    description: 'IP protocol in lower case, such as tcp, or its number',
    isDefault: true,
    read: ({ flow }) => protocolName(flow.orig.protocol),
  },
  {
    part: 'flow',
    name: 'zone',
    type: 'number',
    description: 'Zone, of both directions or of one',
    read: ({ flow }) => flow.zone ?? flow.orig.zone ?? flow.reply.zone ?? 0,
  },
  {
    part: 'flow',
    name: 'state',
    type: 'text',
    values: FLOW_STATES,
    description: 'State of TCP, SCTP or DCCP, such as ESTABLISHED; null for other protocols',
    isDefault: true,
    read: ({ flow }) => flowStateName(flow),
  },
  {
    part: 'flow',
    name: 'status',
    type: 'number',
    description: 'Status bits as a number, names in JSON; is:assured tests one of them',
    read: ({ flow }) => flow.status,
    json: ({ flow }) => (flow.status === undefined ? null : statusNames(flow.status)),
  },
  {
    part: 'flow',
    name: 'mark',
    type: 'number',
    description: 'Mark; null in events of flows without one',
    read: ({ flow }) => flow.mark,
  },
  {
    part: 'flow',
    name: 'timeoutSec',
    aliases: ['timeout'],
    type: 'duration',
    unit: 's',
    description: 'Time until the flow expires',
    read: ({ flow }) => flow.timeoutSec,
  },
  {
    part: 'flow',
    name: 'useCount',
    type: 'count',
    description: 'References to the flow in the kernel',
    read: ({ flow }) => flow.useCount,
  },
  timeField('startTime', 'Start of the flow', ({ startTimeNs }) => startTimeNs),
  timeField('stopTime', 'End of the flow, in its destroy event', ({ stopTimeNs }) => stopTimeNs),
  timeField('eventTime', 'Time of the event, since Linux 6.12', ({ eventTimeNs }) => eventTimeNs),
  {
    part: 'flow',
    name: 'helper',
    type: 'text',
    description: 'Name of the helper, such as ftp; null without one',
    read: ({ flow }) => flow.helper,
  },
  {
    part: 'flow',
    name: 'labels',
    type: 'object',
    description: 'Numbers of the labels that are set; null if the kernel sent none',
    json: ({ flow }) => (flow.labels === undefined ? null : labelBits(flow.labels).map(String)),
  },
  {
    part: 'flow',
    name: 'master',
    type: 'object',
    description: 'Tuple of the flow that made the kernel expect this one; null without one',
    json: ({ flow }) => (flow.master === undefined ? null : { ...flow.master }),
  },
  {
    part: 'flow',
    name: 'side',
    type: 'text',
    values: SIDES,
    description: 'Ends on this machine: orig, reply, both or forwarded; null if its addresses are not known',
    read: ({ endpoints }) => endpoints.side,
  },
  {
    part: 'flow',
    name: 'localAddress',
    aliases: ['src'],
    type: 'address',
    description: 'Address of the local socket; of forwarded flows, of the end that opened it',
    isDefault: true,
    read: ({ endpoints }) => endpoints.local.address,
  },
  {
    part: 'flow',
    name: 'localPort',
    aliases: ['sport'],
    type: 'port',
    description: 'Port of the local socket; null for protocols without ports',
    isDefault: true,
    read: ({ endpoints }) => endpoints.local.port,
  },
  {
    part: 'flow',
    name: 'remoteAddress',
    aliases: ['dst'],
    type: 'address',
    description: 'Address that the local socket is connected with; of forwarded flows, the one that was asked for',
    isDefault: true,
    read: ({ endpoints }) => endpoints.remote.address,
  },
  {
    part: 'flow',
    name: 'remotePort',
    aliases: ['dport'],
    type: 'port',
    description: 'Port that the local socket is connected with; null for protocols without ports',
    isDefault: true,
    read: ({ endpoints }) => endpoints.remote.port,
  },
  {
    part: 'nat',
    name: 'kind',
    aliases: ['nat'],
    type: 'text',
    values: NAT_KINDS,
    description: 'Translated ends: none, source, destination or both',
    read: ({ flow }) => flowNat(flow).kind,
  },
  ...directionFields('orig', 'in the direction that opened the flow', 'origCounters'),
  ...directionFields('reply', 'of answers, after translation', 'replyCounters'),
];

/** Flags of a flow, `is:name`: one for each status bit. */
export const FLOW_FLAGS: readonly FlagDefinition<FlowRow>[] = Object.entries(ConntrackStatus).map(([name, bit]) => ({
  name: name.toLowerCase(),
  description: `Status bit IPS_${name}`,
  read: ({ flow: { status } }) => (status === undefined ? null : (status & bit) !== 0),
}));

/** Names that expressions on flows may use. */
export const FLOW_VOCABULARY: Vocabulary<FlowRow> = new Vocabulary<FlowRow>({
  fields: FLOW_FIELDS.filter(isScalar),
  flags: FLOW_FLAGS,
  searchedTexts: ['localAddress', 'remoteAddress', 'orig.src', 'orig.dst', 'reply.src', 'reply.dst'],
  searchedNumbers: ['localPort', 'remotePort', 'orig.sport', 'orig.dport', 'reply.sport', 'reply.dport'],
});
