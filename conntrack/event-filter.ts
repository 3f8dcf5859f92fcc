/** Filters of events as classic BPF, for SO_ATTACH_FILTER: what they drop takes no receive buffer and is not lost. */
import {
  assembleBpf,
  BPF_FIND_ATTRIBUTE,
  BPF_FIND_NESTED_ATTRIBUTE,
  Bpf,
  type BpfLine,
  fieldOf,
  fitsKernel,
  instruction,
  jumpIfEqual,
  jumpUnlessEqual,
  type Label,
  markLabel,
  NLA_HDRLEN,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLMSG_HDRLEN,
  REJECT,
} from '../netlink/index.js';
import {
  CTA_PROTO_NUM,
  CTA_PROTOINFO,
  CTA_PROTOINFO_TCP,
  CTA_PROTOINFO_TCP_STATE,
  CTA_STATUS,
  CTA_TUPLE_ORIG,
  CTA_TUPLE_PROTO,
  IPCTNL_MSG_CT_DELETE,
} from './constants.js';
import type { MaskedValue } from './dump-filter.js';
import { CONNTRACK_HEADER_SIZE } from './message.js';
import { NFGENMSG, NFNL_SUBSYS_CTNETLINK } from './nfnetlink.js';
import { TcpConntrack } from './state.js';
import type { FlowFamily } from './tuple.js';

/** Updates that an {@link EventFilter} keeps, by the state that the event reports. */
export interface UpdateFilter {
  /** States of TCP, `TcpConntrack`. */
  readonly tcpStates: readonly number[];
  /** True to keep updates without a state of TCP: of other protocols, and of status, mark or labels alone. */
  readonly others: boolean;
}

/** Conditions on events; all that are given must hold. */
export interface EventFilter {
  readonly family?: FlowFamily;
  /** IP protocols: one of them. */
  readonly protocols?: readonly number[];
  /** Status bits, `ConntrackStatus`: at least one of them. */
  readonly anyStatus?: number;
  /** Status bits that must be as given. */
  readonly status?: MaskedValue;
  /** Kinds to keep (default true). */
  readonly isNewKept?: boolean;
  readonly isDestroyKept?: boolean;
  /** Updates to keep (default all). */
  readonly updates?: 'all' | 'none' | UpdateFilter;
}

/** Updates that begin or end a connection; of a connection's events until TIME_WAIT they are 2 of 6. */
export const CONNECTION_UPDATES: UpdateFilter = {
  tcpStates: [TcpConntrack.ESTABLISHED, TcpConntrack.TIME_WAIT, TcpConntrack.CLOSE],
  others: false,
};

// Offsets in a message.
const TYPE = 4;
const FLAGS = 6;
const FAMILY = NLMSG_HDRLEN + fieldOf(NFGENMSG, 'family').offset;

/** Type of DESTROY events, and flags of NEW events, as big-endian loads show them. */
const DESTROY = swapped((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_DELETE);
const NEW_FLAGS = swapped(NLM_F_CREATE | NLM_F_EXCL);

/**
 * Assembles a program of `struct sock_filter` that keeps the events for which a filter holds. Undefined if the filter
 * keeps all events. An event without an attribute that a condition needs is kept.
 * @throws RangeError for a program of more than `MAX_BPF_INSTRUCTIONS`
 */
export function assembleEventFilter(filter: EventFilter): Uint8Array | undefined {
  const lines = [
    ...familyLines(filter),
    ...kindLines(filter),
    ...protocolLines(filter),
    ...statusLines(filter.status, filter.anyStatus),
  ];
  if (lines.length === 0) return undefined;
  const program = assembleBpf(lines);
  if (!fitsKernel(program)) throw new RangeError('event filter: too many values');
  return program;
}

// One label behind each condition: there, the next condition begins.
const AFTER_KIND: Label = 2;
const UPDATE: Label = 3;
const OTHER_UPDATE: Label = 4;
const AFTER_PROTOCOL: Label = 5;
const AFTER_STATUS: Label = 6;
const NOT_DESTROY: Label = 7;

function familyLines({ family }: EventFilter): BpfLine[] {
  return family === undefined ? [] : [instruction(Bpf.LD_B_ABS, FAMILY), jumpUnlessEqual(family, REJECT)];
}

function kindLines({ isNewKept = true, isDestroyKept = true, updates = 'all' }: EventFilter): BpfLine[] {
  if (isNewKept && isDestroyKept && updates === 'all') return [];
  return [
    instruction(Bpf.LD_H_ABS, TYPE),
    jumpUnlessEqual(DESTROY, NOT_DESTROY),
    { kind: 'jump', to: isDestroyKept ? AFTER_KIND : REJECT },
    markLabel(NOT_DESTROY),
    instruction(Bpf.LD_H_ABS, FLAGS),
    { kind: 'condition', code: Bpf.JSET, k: NEW_FLAGS, leaves: 'if-false', to: UPDATE },
    { kind: 'jump', to: isNewKept ? AFTER_KIND : REJECT },
    markLabel(UPDATE),
    ...updateLines(updates),
    markLabel(AFTER_KIND),
  ];
}

function updateLines(updates: NonNullable<EventFilter['updates']>): BpfLine[] {
  if (updates === 'all') return [{ kind: 'jump', to: AFTER_KIND }];
  if (updates === 'none') return [{ kind: 'jump', to: REJECT }];
  return [
    ...find([CTA_PROTOINFO, CTA_PROTOINFO_TCP, CTA_PROTOINFO_TCP_STATE], OTHER_UPDATE),
    instruction(Bpf.LD_B_IND, NLA_HDRLEN),
    ...updates.tcpStates.map((state) => jumpIfEqual(state, AFTER_KIND)),
    { kind: 'jump', to: REJECT },
    markLabel(OTHER_UPDATE),
    { kind: 'jump', to: updates.others ? AFTER_KIND : REJECT },
  ];
}

function protocolLines({ protocols }: EventFilter): BpfLine[] {
  if (protocols === undefined) return [];
  return [
    ...find([CTA_TUPLE_ORIG, CTA_TUPLE_PROTO, CTA_PROTO_NUM], AFTER_PROTOCOL),
    instruction(Bpf.LD_B_IND, NLA_HDRLEN),
    ...protocols.map((protocol) => jumpIfEqual(protocol, AFTER_PROTOCOL)),
    { kind: 'jump', to: REJECT },
    markLabel(AFTER_PROTOCOL),
  ];
}

function statusLines(status: MaskedValue | undefined, anyStatus: number | undefined): BpfLine[] {
  if (status === undefined && anyStatus === undefined) return [];
  const lines: BpfLine[] = [...find([CTA_STATUS], AFTER_STATUS), instruction(Bpf.LD_W_IND, NLA_HDRLEN)];
  if (anyStatus !== undefined) {
    lines.push({ kind: 'condition', code: Bpf.JSET, k: anyStatus, leaves: 'if-false', to: REJECT });
  }
  if (status !== undefined) lines.push(instruction(Bpf.AND, status.mask), jumpUnlessEqual(status.value, REJECT));
  return [...lines, markLabel(AFTER_STATUS)];
}

/** Sets X to the offset of an attribute within others; goes to a label if the message does not have it. */
function find([outer = 0, ...inner]: readonly number[], missing: Label): BpfLine[] {
  return [
    instruction(Bpf.LD_IMM, CONNTRACK_HEADER_SIZE),
    instruction(Bpf.LDX_IMM, outer),
    instruction(Bpf.LD_W_ABS, BPF_FIND_ATTRIBUTE),
    jumpIfEqual(0, missing),
    ...inner.flatMap((type) => [
      instruction(Bpf.LDX_IMM, type),
      instruction(Bpf.LD_W_ABS, BPF_FIND_NESTED_ATTRIBUTE),
      jumpIfEqual(0, missing),
    ]),
    instruction(Bpf.TAX, 0),
  ];
}

function swapped(value: number): number {
  return ((value & 0xff) << 8) | (value >> 8);
}
