import {
  type DumpFilter,
  type EventFilter,
  type FlowFamily,
  hasPorts,
  type MaskedValue,
  type TupleFilter,
} from '../conntrack/index.js';
import { type CompiledExpression, type Expression, formatExpression, type Test } from '../expression/index.js';
import { AF_INET, AF_INET6 } from '../netlink/index.js';
import { conditionOf, type FlowCondition } from './flow-condition.js';
import type { FlowRow } from './flow-row.js';

/** Maximum number of dumps in place of one: each of them walks the whole table. */
export const MAX_DUMPS = 4;

/** Part of an expression on flows that the kernel can test. */
export interface FlowKernelPart {
  /**
   * Filters of dumps that together return every flow for which the expression holds. Several may return the same flow.
   * None if no flow can match.
   */
  readonly dumps: readonly DumpFilter[];
  /** Filter of events that keeps every event for which the expression holds. */
  readonly events: EventFilter;
  /** Conditions that the kernel tests in dumps. */
  readonly inKernel: readonly string[];
  /** Conditions that the program alone tests. */
  readonly hereOnly: readonly string[];
}

/** One of the conditions that must all hold, as a text. */
interface Conjunct {
  readonly text: string;
  readonly condition: FlowCondition | undefined;
}

/** Kinds of conditions that a set of dumps tests. */
interface Level {
  readonly tuples: boolean;
  readonly statuses: boolean;
}

/** Best first; the last one is always one dump. */
const LEVELS: readonly Level[] = [
  { tuples: true, statuses: true },
  { tuples: true, statuses: false },
  { tuples: false, statuses: true },
  { tuples: false, statuses: false },
];
const FAMILIES: readonly FlowFamily[] = [AF_INET, AF_INET6];
const PORTS = ['sport', 'dport'] as const;
const ALL_BITS = 0xffff_ffff;

/**
 * Returns the part of an expression that the kernel can test. It never excludes a flow for which the whole holds, and
 * may let through others: test the whole again.
 */
export function flowKernelPart({ tree, test }: Pick<CompiledExpression<FlowRow>, 'tree' | 'test'>): FlowKernelPart {
  const conjuncts = conjunctsOf(tree, test);
  let joined: FlowCondition | null = {};
  for (const { condition = {} } of conjuncts) joined = joined === null ? null : join(joined, condition);
  const texts = (isWanted: (conjunct: Conjunct) => boolean): string[] =>
    conjuncts.filter(isWanted).map(({ text }) => text);
  if (joined === null) {
    const isTested = ({ condition }: Conjunct): boolean => condition !== undefined;
    return { dumps: [], events: {}, inKernel: texts(isTested), hereOnly: texts((each) => !isTested(each)) };
  }
  const whole = joined.protocols === undefined ? withoutPorts(joined) : joined;
  const level = LEVELS.find((each) => countDumps(whole, each) <= MAX_DUMPS) ?? { tuples: false, statuses: false };
  const isTested = ({ condition }: Conjunct): boolean =>
    condition !== undefined && Object.keys(condition).every((key) => isUsed(key, condition, whole, level));
  return {
    dumps: dumpsOf(whole, level),
    events: eventFilterOf(whole),
    inKernel: texts(isTested),
    hereOnly: texts((each) => !isTested(each)),
  };
}

/** Returns a sentence on which conditions the kernel tests, for people. */
export function explainFlowKernelPart({ dumps, inKernel, hereOnly }: FlowKernelPart): string {
  if (dumps.length === 0) return `No flow can match: ${inKernel.join(', ')}`;
  const kernel = inKernel.length === 0 ? 'The kernel tests nothing of it' : `The kernel tests: ${inKernel.join(', ')}`;
  const count = dumps.length === 1 ? '' : ` (${dumps.length} dumps)`;
  const here = hereOnly.length === 0 ? '' : ` Tested here alone: ${hereOnly.join(', ')}.`;
  return `${kernel}${count}.${here}`;
}

/** Returns the parts of an expression that must all hold. */
function conjunctsOf(tree: Expression, test: Test<FlowRow>): Conjunct[] {
  if (tree.kind === 'and' && test.kind === 'and') {
    return tree.parts.flatMap((part, i) => {
      const partTest = test.parts[i];
      return partTest === undefined ? [] : conjunctsOf(part, partTest);
    });
  }
  return [{ text: formatExpression(tree), condition: conditionOf(test) }];
}

/** Returns the condition that both hold; null if they cannot. */
function join(a: FlowCondition, b: FlowCondition): FlowCondition | null {
  const families = intersection(a.families, b.families);
  const protocols = intersection(a.protocols, b.protocols);
  const tuples = [joinTuples(a.orig, b.orig), joinTuples(a.reply, b.reply), joinTuples(a.ends, b.ends)] as const;
  const [orig, reply, ends] = tuples;
  const statuses = joinStatuses(a.statuses, b.statuses);
  if ([families, protocols, statuses].some((list) => list?.length === 0)) return null;
  if (orig === null || reply === null || ends === null) return null;
  if (differ(a.mark, b.mark) || differ(a.zone, b.zone)) return null;
  const [mark, zone] = [a.mark ?? b.mark, a.zone ?? b.zone];
  return {
    ...(families === undefined ? {} : { families }),
    ...(protocols === undefined ? {} : { protocols }),
    ...(orig === undefined ? {} : { orig }),
    ...(reply === undefined ? {} : { reply }),
    ...(ends === undefined ? {} : { ends }),
    ...(statuses === undefined ? {} : { statuses }),
    ...(mark === undefined ? {} : { mark }),
    ...(zone === undefined ? {} : { zone }),
  };
}

function intersection<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): readonly T[] | undefined {
  return a === undefined || b === undefined ? (a ?? b) : a.filter((item) => b.includes(item));
}

function joinTuples(a: TupleFilter | undefined, b: TupleFilter | undefined): TupleFilter | undefined | null {
  if (a === undefined || b === undefined) return a ?? b;
  const isContradiction = (['src', 'dst', ...PORTS] as const).some((member) => differ<unknown>(a[member], b[member]));
  return isContradiction ? null : { ...a, ...b };
}

function joinStatuses(
  a: readonly MaskedValue[] | undefined,
  b: readonly MaskedValue[] | undefined,
): readonly MaskedValue[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.flatMap((one) => {
    const fitting = b.filter((other) => ((one.value ^ other.value) & one.mask & other.mask) === 0);
    return fitting.map(({ value, mask }) => ({ value: (one.value | value) >>> 0, mask: (one.mask | mask) >>> 0 }));
  });
}

function differ<T>(a: T | undefined, b: T | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** Returns the protocols for which tuples are compared; undefined if any may be. */
function protocolsOf(condition: FlowCondition): readonly number[] | undefined {
  const { protocols } = condition;
  if (protocols === undefined || !testsPorts(condition)) return protocols;
  return protocols.filter(hasPorts);
}

function testsPorts({ orig, reply, ends }: FlowCondition): boolean {
  return [orig, reply, ends].some((tuple) => tuple !== undefined && PORTS.some((port) => tuple[port] !== undefined));
}

/** Returns whether dumps at a level test the member of a condition. */
function isUsed(key: string, condition: FlowCondition, whole: FlowCondition, level: Level): boolean {
  if (key === 'statuses') return level.statuses;
  if (key === 'orig' || key === 'reply' || key === 'ends') {
    const [tuple, [only, ...others]] = [condition[key] ?? {}, whole.families ?? FAMILIES];
    const hasAddress = tuple.src !== undefined || tuple.dst !== undefined;
    if (hasAddress && only === AF_INET6 && others.length === 0) return false;
    return level.tuples && (whole.protocols !== undefined || !testsPorts(condition));
  }
  if (key === 'protocols') return level.tuples;
  // Dumps have one family or both; at most two families are known.
  return true;
}

function countDumps(condition: FlowCondition, level: Level): number {
  const statuses = level.statuses ? (condition.statuses?.length ?? 1) : 1;
  if (!level.tuples || !hasTuples(condition)) return statuses;
  const directions = condition.ends === undefined ? 1 : 2;
  const families = condition.families?.length ?? FAMILIES.length;
  return statuses * directions * families * (protocolsOf(condition)?.length ?? 1);
}

function hasTuples({ protocols, orig, reply, ends }: FlowCondition): boolean {
  return protocols !== undefined || orig !== undefined || reply !== undefined || ends !== undefined;
}

function dumpsOf(condition: FlowCondition, level: Level): DumpFilter[] {
  const { families, mark, zone } = condition;
  const common = {
    ...(mark === undefined ? {} : { mark: { value: mark, mask: ALL_BITS } }),
    ...(zone === undefined ? {} : { zone }),
  };
  const statuses = level.statuses ? (condition.statuses ?? [undefined]) : [undefined];
  const base = statuses.map((status) => ({ ...common, ...(status === undefined ? {} : { status }) }));
  const [only, ...others] = families ?? FAMILIES;
  if (!level.tuples || !hasTuples(condition)) {
    return only !== undefined && others.length === 0 ? base.map((filter) => ({ ...filter, family: only })) : base;
  }
  return base.flatMap((filter) =>
    (families ?? FAMILIES).flatMap((family) => {
      const tuples = tupleFiltersOf(family === AF_INET6 ? withoutAddresses(condition) : condition);
      return tuples.map((tuple) => ({ ...filter, ...tuple, family }));
    }),
  );
}

/** Returns a condition without ports, which the kernel compares only if it knows the protocol. */
function withoutPorts({ orig, reply, ends, ...others }: FlowCondition): FlowCondition {
  const addresses = (tuple: TupleFilter = {}): TupleFilter | undefined => {
    const { sport, dport, ...rest } = tuple;
    return Object.keys(rest).length === 0 ? undefined : rest;
  };
  const [opened, answered, near] = [addresses(orig), addresses(reply), addresses(ends)];
  return {
    ...others,
    ...(opened === undefined ? {} : { orig: opened }),
    ...(answered === undefined ? {} : { reply: answered }),
    ...(near === undefined ? {} : { ends: near }),
  };
}

/** Returns a condition without addresses, which the kernel does not compare rightly in IPv6. */
function withoutAddresses({ orig, reply, ends, ...others }: FlowCondition): FlowCondition {
  const ports = (tuple: TupleFilter): TupleFilter => {
    const { src, dst, ...rest } = tuple;
    return rest;
  };
  return {
    ...others,
    ...(orig === undefined ? {} : { orig: ports(orig) }),
    ...(reply === undefined ? {} : { reply: ports(reply) }),
    // Without ports, both directions would be the same dump.
    ...(ends === undefined || (ends.sport ?? ends.dport) === undefined ? {} : { ends: ports(ends) }),
  };
}

/** Returns filters of tuples: for each protocol, and for each direction in which the local end may be the source. */
function tupleFiltersOf(condition: FlowCondition): Pick<DumpFilter, 'orig' | 'reply'>[] {
  const { ends } = condition;
  const protocols = protocolsOf(condition) ?? [undefined];
  return protocols.flatMap((protocol) => {
    const [orig, reply] = [tupleOf(condition.orig, protocol), tupleOf(condition.reply, protocol)];
    if (ends === undefined) return [withoutEmpty(protocol === undefined ? orig : { protocol, ...orig }, reply)];
    const near = tupleOf(ends, protocol);
    const [opened, answered] = [joinTuples(orig, near), joinTuples(reply, near)];
    return [
      ...(opened === null ? [] : [withoutEmpty(opened, reply)]),
      ...(answered === null ? [] : [withoutEmpty(orig, answered)]),
    ];
  });
}

/** Returns a tuple's filter with its protocol; without one, it has no ports. */
function tupleOf(tuple: TupleFilter | undefined, protocol: number | undefined): TupleFilter | undefined {
  if (tuple === undefined) return undefined;
  if (protocol !== undefined) return { ...tuple, protocol };
  const { sport, dport, ...addresses } = tuple;
  return addresses;
}

function withoutEmpty(
  orig: TupleFilter | undefined,
  reply: TupleFilter | undefined,
): Pick<DumpFilter, 'orig' | 'reply'> {
  return {
    ...(orig === undefined || Object.keys(orig).length === 0 ? {} : { orig }),
    ...(reply === undefined || Object.keys(reply).length === 0 ? {} : { reply }),
  };
}

function eventFilterOf({ families, protocols, statuses }: FlowCondition): EventFilter {
  const [family, ...otherFamilies] = families ?? [];
  const [status, ...otherStatuses] = statuses ?? [];
  return {
    ...(family !== undefined && otherFamilies.length === 0 ? { family } : {}),
    ...(protocols === undefined ? {} : { protocols }),
    ...(status !== undefined && otherStatuses.length === 0 ? { status } : {}),
    ...(statuses !== undefined && otherStatuses.length > 0 && statuses.every(({ value }) => value !== 0)
      ? { anyStatus: statuses.reduce((bits, { value }) => (bits | value) >>> 0, 0) }
      : {}),
  };
}
