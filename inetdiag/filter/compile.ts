import { BPF_INSTRUCTION_SIZE, MAX_BPF_INSTRUCTIONS } from './bpf-assembler.js';
import { assembleBytecode, type BytecodeCost, bytecodeCost, MAX_BYTECODE_BYTES } from './bytecode.js';
import { decideRules } from './decide.js';
import { ACCEPT, Decision, REJECT, type Step } from './decision.js';
import { LOCAL_RULES, LOCAL_RULES_IN_SCANS } from './exclusions.js';
import { assembleMessageProgram } from './message-program.js';
import { type FilterRule, type FilterTerm, joinRules, termsOf } from './rule.js';

/** A part of the rules, and how much of it the kernel does itself. */
export interface FilterPart {
  /** What it is, e.g. `exclude sport`. */
  readonly name: string;
  /** Ranges, prefixes or rules in it. */
  readonly size: number;
  /** How many of them are worth a test of every socket in every scan. */
  readonly forScans: number;
  /** How many of them the kernel tests in scans, before it copies a socket. */
  readonly inScans: number;
  /** How many of them it tests in destroy events. */
  readonly inEvents: number;
}

/** Rules as programs for the kernel. Either lets through every socket that is wanted, and maybe some that are not. */
export interface KernelFilter {
  /** For `INET_DIAG_REQ_BYTECODE`; empty: no filter. */
  readonly bytecode: Uint8Array;
  readonly cost: BytecodeCost;
  /** Classic BPF for the socket of destroy events. */
  readonly events: Uint8Array;
  readonly parts: readonly FilterPart[];
}

/**
 * What a program may take, so that the beat stays: the longest way no more than copying a socket takes, and the audit,
 * which the kernel repeats in each scan, some tenths of a millisecond.
 */
const MAX_PATH_NS = 1000;
const MAX_AUDIT_STEPS = 250_000;

/**
 * Compiles rules (see `SocketFilter`). What does not fit is left to whoever takes in what the kernel lets through: the
 * smallest parts come first, so that only the large ones are cut, and `include` rules come as a whole or not at all. So is
 * what scans would test in vain: see {@link LOCAL_RULES_IN_SCANS}.
 */
export function compileFilter(rules: readonly FilterRule[]): KernelFilter {
  const scanParts = partsOf(joinRules(inScans(rules)));
  const eventParts = partsOf(joinRules(rules));
  const scans = choose(scanParts, (steps) => fitsScan(bytecodeCost(steps)), scanSteps);
  const events = choose(eventParts, fitsEvents, eventSteps);
  const steps = scanSteps(taken(scanParts, scans));
  const scansOf = new Map(scanParts.map(({ name, size }, i) => [name, { forScans: size, inScans: scans[i] ?? 0 }]));
  return {
    bytecode: assembleBytecode(steps),
    cost: bytecodeCost(steps),
    events: assembleMessageProgram(eventSteps(taken(eventParts, events))),
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
 * A socket filter that drops the events of sockets that never were connected nor bound: both their ports are 0. A socket
 * without a peer that has a port of its own may have had a peer: one that was refused, or reset by its own end (SO_LINGER
 * 0), has forgotten the peer's port by then (tcp_disconnect), and only its cookie tells whose end it is. No other rule may
 * judge it: its own address is gone too.
 */
export function unboundSocketsFilter(): Uint8Array {
  return assembleMessageProgram(eventSteps([]));
}

/** Something of which the first so many can be taken. */
interface Part {
  readonly name: string;
  readonly size: number;
  /** What decides who comes first: ranges and prefixes. */
  readonly weight: number;
  /** Whether it may be taken in part. */
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

/** How much of each part can be had. */
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

/** The largest number below `limit` that fits, where 0 does. */
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
  return assembleMessageProgram(steps).length <= MAX_BPF_INSTRUCTIONS * BPF_INSTRUCTION_SIZE;
}

function scanSteps(rules: readonly FilterRule[]): Step[] {
  const decision = new Decision();
  decideRules(decision, rules);
  return decision.steps();
}

function eventSteps(rules: readonly FilterRule[]): Step[] {
  const decision = new Decision();
  const connected = decision.newLabel();
  decision.port('dst', 'eq', 0, connected);
  decision.port('src', 'eq', 0, ACCEPT);
  decision.jump(REJECT);
  decision.mark(connected);
  decideRules(decision, rules);
  return decision.steps();
}
