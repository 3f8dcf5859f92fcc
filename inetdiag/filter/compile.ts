import { fitsKernel } from '../../netlink/index.js';
import { assembleBytecode, type BytecodeCost, bytecodeCost, MAX_BYTECODE_BYTES } from './bytecode.js';
import { decideRules, decideRulesOf } from './decide.js';
import { ACCEPT, Decision, REJECT, type Step } from './decision.js';
import { LOCAL_RULES, LOCAL_RULES_IN_SCANS } from './exclusions.js';
import { assembleMessageProgram } from './message-program.js';
import { mergePortRanges, type PortRange } from './ports.js';
import { type FilterRule, type FilterTerm, joinRules, termsOf } from './rule.js';

/** Part of the rules, and how much of it the kernel tests. */
export interface FilterPart {
  /** Name of the part, e.g. `exclude sport`. */
  readonly name: string;
  /** Number of ranges, prefixes or rules in the part. */
  readonly size: number;
  /** Number of elements that are worth a test of every socket in every scan. */
  readonly forScans: number;
  /** Number of elements that the kernel tests in scans, before it copies a socket. */
  readonly inScans: number;
  /** Number of elements that the kernel tests in destroy events. */
  readonly inEvents: number;
}

/** Rules as two programs for the kernel. Both pass every wanted socket, and may pass some unwanted ones. */
export interface KernelFilter {
  /** Program for scans, `INET_DIAG_REQ_BYTECODE`; empty means no filter. */
  readonly bytecode: Uint8Array;
  readonly cost: BytecodeCost;
  /** Program for the socket of destroy events, classic BPF. */
  readonly events: Uint8Array;
  readonly parts: readonly FilterPart[];
  /** Rules that {@link bytecode} tests. */
  readonly scanRules: readonly FilterRule[];
  /** Rules that {@link events} tests. */
  readonly eventRules: readonly FilterRule[];
}

/**
 * Limits of a scan program, so that scans stay on time: its longest path takes at most as long as copying a socket, and
 * the audit, which the kernel repeats in each scan, a few tenths of a millisecond.
 */
const MAX_PATH_NS = 1000;
const MAX_AUDIT_STEPS = 250_000;

/**
 * Compiles rules (see `SocketFilter`) for the kernel. The collector must filter again: rules that do not fit are
 * omitted, as are rules that scans would test in vain (see {@link LOCAL_RULES_IN_SCANS}). The smallest parts are added
 * first, so that only large parts are truncated; `include` rules are added all together or not at all.
 * @param alsoSports local ports that pass whatever the rules exclude
 */
export function compileFilter(rules: readonly FilterRule[], alsoSports: readonly PortRange[] = []): KernelFilter {
  const sports = mergePortRanges(alsoSports);
  const scanSteps = (some: readonly FilterRule[]): Step[] => scanStepsOf(some, sports);
  const eventSteps = (some: readonly FilterRule[]): Step[] => eventStepsOf(some, sports);
  const scanParts = partsOf(joinRules(inScans(rules)));
  const eventParts = partsOf(joinRules(rules));
  const scans = choose(scanParts, (steps) => fitsScan(bytecodeCost(steps)), scanSteps);
  const events = choose(eventParts, fitsEvents, eventSteps);
  const [scanRules, eventRules] = [taken(scanParts, scans), taken(eventParts, events)];
  const steps = scanSteps(scanRules);
  const scansOf = new Map(scanParts.map(({ name, size }, i) => [name, { forScans: size, inScans: scans[i] ?? 0 }]));
  return {
    bytecode: assembleBytecode(steps),
    cost: bytecodeCost(steps),
    events: assembleMessageProgram(eventSteps(eventRules)),
    ...{ scanRules, eventRules },
    parts: eventParts.map(({ name, size }, i) => ({
      name,
      size,
      ...(scansOf.get(name) ?? { forScans: 0, inScans: 0 }),
      inEvents: events[i] ?? 0,
    })),
  };
}

function inScans(rules: readonly FilterRule[]): FilterRule[] {
  const others = rules.filter((rule) => !LOCAL_RULES.includes(rule));
  return others.length === rules.length ? others : [...LOCAL_RULES_IN_SCANS, ...others];
}

/**
 * Returns a socket filter that drops destroy events of sockets that were never connected or bound: both ports are 0. A
 * socket with a local port but no remote port passes, because it may have had a peer: if it was refused, or reset by
 * its own side (SO_LINGER 0), the kernel has cleared the remote port and the local address (tcp_disconnect). Only its
 * cookie identifies its connection, and no other rule may test it.
 */
export function unboundSocketsFilter(): Uint8Array {
  return assembleMessageProgram(eventStepsOf([], []));
}

/**
 * Returns classic BPF for messages of scans: rejects those with one of these local ports that the rules exclude. For a
 * program that is too long all messages are accepted: the result is empty.
 * @param sports local ports
 */
export function excludedAtPorts(rules: readonly FilterRule[], sports: readonly PortRange[]): Uint8Array {
  const decision = new Decision();
  decideRulesOf(decision, mergePortRanges(sports), rules);
  const program = assembleMessageProgram(decision.steps());
  return fitsKernel(program) ? program : new Uint8Array();
}

/** Part of the rules that can be shortened to its first elements. */
interface Part {
  readonly name: string;
  readonly size: number;
  /** Number of ranges and prefixes: the lightest part comes first. */
  readonly weight: number;
  /** True when the part may be truncated. */
  readonly divisible: boolean;
  take(count: number): readonly FilterRule[];
}

function partsOf(joined: readonly FilterRule[]): Part[] {
  const excludes = joined.filter(({ action }) => action === 'exclude');
  const includes = joined.filter(({ action }) => action === 'include');
  const [single, several] = [
    excludes.filter((rule) => termsOf(rule).length === 1),
    excludes.filter((rule) => termsOf(rule).length > 1),
  ];
  const parts = single.flatMap((rule) => termsOf(rule).map((term) => listPart(rule, term)));
  if (several.length > 0) parts.push(rulesPart('exclude, several terms', several, true));
  if (includes.length > 0) parts.push(rulesPart('include', includes, false));
  return parts.sort((a, b) => a.weight - b.weight);
}

function listPart(rule: FilterRule, term: FilterTerm): Part {
  const list = rule[term] ?? [];
  return {
    name: `${rule.action} ${term}`,
    size: list.length,
    weight: list.length,
    divisible: true,
    take: (count) => (count === 0 ? [] : [{ action: rule.action, [term]: list.slice(0, count) }]),
  };
}

function rulesPart(name: string, rules: readonly FilterRule[], divisible: boolean): Part {
  const weight = rules.reduce((sum, rule) => sum + elementsOf(rule), 0);
  return { name, size: rules.length, weight, divisible, take: (count) => rules.slice(0, count) };
}

function elementsOf(rule: FilterRule): number {
  return termsOf(rule).reduce((sum, term) => sum + (rule[term]?.length ?? 0), 0);
}

function taken(parts: readonly Part[], counts: readonly number[]): FilterRule[] {
  return parts.flatMap((part, i) => [...part.take(counts[i] ?? 0)]);
}

/** Returns how many elements of each part fit. */
function choose(
  parts: readonly Part[],
  fits: (steps: readonly Step[]) => boolean,
  build: (rules: readonly FilterRule[]) => readonly Step[],
): number[] {
  const tryOut = (counts: readonly number[]): boolean => fits(build(taken(parts, counts)));
  const all = parts.map(({ size }) => size);
  if (tryOut(all)) return all;
  const counts = parts.map(() => 0);
  for (const [i, { size, divisible }] of parts.entries()) {
    const fitsWith = (count: number): boolean => tryOut(counts.with(i, count));
    if (fitsWith(size)) counts[i] = size;
    else if (divisible) counts[i] = mostThat(fitsWith, size);
  }
  return counts;
}

/** Returns the largest number below `limit` that fits; 0 must fit. */
function mostThat(fits: (count: number) => boolean, limit: number): number {
  let [low, high] = [0, limit];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function fitsScan({ bytes, auditSteps, pathNs }: BytecodeCost): boolean {
  return bytes <= MAX_BYTECODE_BYTES && auditSteps <= MAX_AUDIT_STEPS && pathNs <= MAX_PATH_NS;
}

function fitsEvents(steps: readonly Step[]): boolean {
  return fitsKernel(assembleMessageProgram(steps));
}

function scanStepsOf(rules: readonly FilterRule[], sports: readonly PortRange[]): Step[] {
  const decision = new Decision();
  decideRules(decision, rules, sports);
  return decision.steps();
}

function eventStepsOf(rules: readonly FilterRule[], sports: readonly PortRange[]): Step[] {
  const decision = new Decision();
  const connected = decision.newLabel();
  decision.port('dst', 'eq', 0, connected);
  decision.port('src', 'eq', 0, ACCEPT);
  decision.jump(REJECT);
  decision.mark(connected);
  decideRules(decision, rules, sports);
  return decision.steps();
}
