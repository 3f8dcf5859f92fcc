import {
  ConntrackStatus,
  type FlowFamily,
  familyName,
  type MaskedValue,
  protocolName,
  statusBit,
  type TupleFilter,
} from '../conntrack/index.js';
import { fullName, type Numeric, type Test } from '../expression/index.js';
import type { Prefix } from '../inetdiag/index.js';
import { AF_INET, AF_INET6, formatAddress } from '../netlink/index.js';
import type { FlowRow } from './flow-row.js';

/** Condition on a flow that the kernel can test. Each one that is given holds if the test is true. */
export interface FlowCondition {
  /** One of these families. */
  readonly families?: readonly FlowFamily[];
  /** One of these protocols. */
  readonly protocols?: readonly number[];
  readonly orig?: TupleFilter;
  readonly reply?: TupleFilter;
  /** Local end as source, remote end as destination: of ORIG or of REPLY, by the side of the flow. */
  readonly ends?: TupleFilter;
  /** One of these combinations of status bits. */
  readonly statuses?: readonly MaskedValue[];
  readonly mark?: number;
  readonly zone?: number;
}

const FAMILIES: readonly FlowFamily[] = [AF_INET, AF_INET6];
const PROTOCOLS: readonly number[] = Array.from({ length: 256 }, (_, protocol) => protocol);
const FULL_LENGTH = 128;
const MAX_ZONE = 0xffff;
const MAX_MARK = 0xffff_ffff;
const { SRC_NAT, DST_NAT } = ConntrackStatus;
const NAT = SRC_NAT | DST_NAT;

/** Status bits of each kind of translation. */
const NAT_BITS: Readonly<Record<string, number>> = { none: 0, source: SRC_NAT, destination: DST_NAT, both: NAT };

/** Member of a condition's tuple. */
type TupleMember = readonly [part: 'orig' | 'reply' | 'ends', member: 'src' | 'sport' | 'dst' | 'dport'];

/** Member that a field reads: `orig.dport` is `dport` of `orig`, `remotePort` `dport` of `ends`. */
const TUPLE_FIELDS: ReadonlyMap<string, TupleMember> = new Map<string, TupleMember>([
  ['flow.localAddress', ['ends', 'src']],
  ['flow.localPort', ['ends', 'sport']],
  ['flow.remoteAddress', ['ends', 'dst']],
  ['flow.remotePort', ['ends', 'dport']],
  ['orig.src', ['orig', 'src']],
  ['orig.sport', ['orig', 'sport']],
  ['orig.dst', ['orig', 'dst']],
  ['orig.dport', ['orig', 'dport']],
  ['reply.src', ['reply', 'src']],
  ['reply.sport', ['reply', 'sport']],
  ['reply.dst', ['reply', 'dst']],
  ['reply.dport', ['reply', 'dport']],
]);

/**
 * Returns the condition that holds if a test is true; undefined if the kernel cannot test it. `and` is up to the caller.
 */
export function conditionOf(test: Test<FlowRow>): FlowCondition | undefined {
  switch (test.kind) {
    case 'equals':
      return textCondition(fullName(test.field), (value) => value === test.text);
    case 'contains':
      return textCondition(fullName(test.field), (value) => value.includes(test.text));
    case 'or':
      return anyOf(test.parts);
    case 'not':
      return negation(test.part);
    case 'isTrue':
      return isFlag(test) ? statusCondition(test.field.name, true) : undefined;
    case 'comparison':
      return test.operator === '=' ? numberCondition(test.left, test.right) : undefined;
    case 'prefixes':
      return addressCondition(fullName(test.field), test.list);
    case 'ports': {
      const [only, ...others] = test.ranges;
      const isOne = only !== undefined && others.length === 0 && only.first === only.last;
      return isOne ? portCondition(fullName(test.field), only.first) : undefined;
    }
    default:
      return undefined;
  }
}

/** Returns whether a test is of a flag, `is:assured`, and not of a field. */
function isFlag({ field }: Extract<Test<FlowRow>, { kind: 'isTrue' }>): boolean {
  return !('part' in field);
}

function textCondition(name: string, accepts: (value: string) => boolean): FlowCondition | undefined {
  if (name === 'flow.family') return { families: FAMILIES.filter((family) => accepts(familyName(family))) };
  if (name === 'flow.protocol') {
    return { protocols: PROTOCOLS.filter((protocol) => accepts(protocolName(protocol))) };
  }
  if (name !== 'nat.kind') return undefined;
  const bits = Object.entries(NAT_BITS).filter(([kind]) => accepts(kind));
  return { statuses: bits.map(([, value]) => ({ value, mask: NAT })) };
}

/** Returns the condition that holds if one of the tests is true, for tests of one field. */
function anyOf(parts: readonly Test<FlowRow>[]): FlowCondition | undefined {
  const conditions = parts.map(conditionOf).filter((each) => each !== undefined && Object.keys(each).length === 1);
  if (conditions.length < parts.length) return undefined;
  const families = unionOf(conditions.map((condition) => condition?.families));
  if (families !== undefined) return { families };
  const protocols = unionOf(conditions.map((condition) => condition?.protocols));
  if (protocols !== undefined) return { protocols };
  const statuses = unionOf(conditions.map((condition) => condition?.statuses));
  return statuses === undefined ? undefined : { statuses };
}

function unionOf<T>(lists: readonly (readonly T[] | undefined)[]): readonly T[] | undefined {
  const union = new Set<T>();
  for (const list of lists) {
    if (list === undefined) return undefined;
    for (const item of list) union.add(item);
  }
  return [...union];
}

/** Returns the condition of a test that must be false, for those that are never unknown in a dump. */
function negation(test: Test<FlowRow>): FlowCondition | undefined {
  if (test.kind === 'isTrue') return isFlag(test) ? statusCondition(test.field.name, false) : undefined;
  const condition = conditionOf(test);
  const { statuses } = condition ?? {};
  if (test.kind !== 'equals' || fullName(test.field) !== 'nat.kind' || statuses === undefined) return undefined;
  if (statuses.length !== 1) return undefined;
  const excluded = statuses[0]?.value;
  // "Not none" is one bit, or only the other one: two dumps.
  if (excluded === 0)
    return {
      statuses: [
        { value: SRC_NAT, mask: SRC_NAT },
        { value: DST_NAT, mask: NAT },
      ],
    };
  return {
    statuses: Object.values(NAT_BITS)
      .filter((value) => value !== excluded)
      .map((value) => ({ value, mask: NAT })),
  };
}

function statusCondition(flag: string, isSet: boolean): FlowCondition | undefined {
  const mask = statusBit(flag);
  return mask === undefined ? undefined : { statuses: [{ value: isSet ? mask : 0, mask }] };
}

function numberCondition(left: Numeric<FlowRow>, right: Numeric<FlowRow>): FlowCondition | undefined {
  if (left.kind === 'constant' && right.kind === 'reading') return numberCondition(right, left);
  if (left.kind !== 'reading' || right.kind !== 'constant' || left.factor !== 1) return undefined;
  const { value } = right;
  const name = fullName(left.field);
  if (!Number.isInteger(value) || value < 0) return undefined;
  if (name === 'flow.mark') return value <= MAX_MARK ? { mark: value } : undefined;
  if (name === 'flow.zone') return value <= MAX_ZONE ? { zone: value } : undefined;
  return portCondition(name, value);
}

function portCondition(name: string, port: number): FlowCondition | undefined {
  const [part, member] = TUPLE_FIELDS.get(name) ?? [];
  if (part === undefined || (member !== 'sport' && member !== 'dport') || port > 0xffff) return undefined;
  return { [part]: { [member]: port } };
}

function addressCondition(name: string, list: readonly Prefix[]): FlowCondition | undefined {
  const [part, member] = TUPLE_FIELDS.get(name) ?? [];
  const [only, ...others] = list;
  if (part === undefined || member === undefined || only === undefined || others.length > 0) return undefined;
  if (only.length !== FULL_LENGTH) return undefined;
  const address = formatAddress(only.bytes, AF_INET6);
  // An IPv4 address is also that of an IPv6 flow with an IPv4-mapped one.
  return { [part]: { [member]: address }, ...(address.includes(':') ? { families: [AF_INET6] } : {}) };
}
