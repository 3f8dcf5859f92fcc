import { ACCEPT, type Decision, type Label, REJECT, type Side } from './decision.js';
import { MAX_PORT, type PortRange } from './ports.js';
import { IPV4_PREFIX, isIpv4Prefix, overlapsIpv4, type Prefix } from './prefix.js';
import { type FilterRule, termsOf } from './rule.js';

/**
 * Adds steps that decide by the rules (see `SocketFilter`) and end in ACCEPT or REJECT.
 * @param sports local ports, merged, that are accepted whatever the rules exclude
 */
export function decideRules(decision: Decision, rules: readonly FilterRule[], sports: readonly PortRange[] = []): void {
  if (sports.length === 0 || rules.length === 0) {
    decideStages(decision, rules, REJECT);
    return;
  }
  // Only sockets that the rules exclude pay for the test of their port.
  const excluded = decision.newLabel();
  decideStages(decision, rules, excluded);
  decision.mark(excluded);
  decidePorts(decision, 'src', sports, ACCEPT, REJECT);
}

/** Adds steps that accept every socket but those with one of these local ports: they decide by the rules. */
export function decideRulesOf(decision: Decision, sports: readonly PortRange[], rules: readonly FilterRule[]): void {
  const ruled = decision.newLabel();
  decidePorts(decision, 'src', sports, ruled, ACCEPT);
  decision.mark(ruled);
  decideStages(decision, rules, REJECT);
}

function decideStages(decision: Decision, rules: readonly FilterRule[], reject: Label): void {
  const includes = rules.filter(({ action }) => action === 'include');
  const stages = rules.filter(({ action }) => action === 'exclude').map((rule): FilterRule[] => [rule]);
  if (includes.length > 0) stages.push(includes);
  // For the kernel's audit a jump to the end is free, and a jump within the program is not: so the longest stage is
  // last.
  stages.sort((a, b) => portsOf(a) - portsOf(b));
  for (const [index, stage] of stages.entries()) {
    const pass = index === stages.length - 1 ? ACCEPT : decision.newLabel();
    if (stage[0]?.action === 'include') decideIncludes(decision, stage, pass, reject);
    else for (const rule of stage) decideRule(decision, rule, reject, pass);
    if (pass !== ACCEPT) decision.mark(pass);
  }
}

function portsOf(rules: readonly FilterRule[]): number {
  return rules.reduce((sum, { sport, dport }) => sum + (sport?.length ?? 0) + (dport?.length ?? 0), 0);
}

function decideIncludes(decision: Decision, rules: readonly FilterRule[], pass: Label, reject: Label): void {
  for (const [index, rule] of rules.entries()) {
    const next = index === rules.length - 1 ? reject : decision.newLabel();
    decideRule(decision, rule, pass, next);
    if (next !== reject) decision.mark(next);
  }
}

/** Goes to `hit` when every term of the rule holds, else to `miss`. */
function decideRule(decision: Decision, rule: FilterRule, hit: Label, miss: Label): void {
  const terms = termsOf(rule);
  if (terms.length === 0) decision.jump(hit);
  for (const [index, term] of terms.entries()) {
    const holds = index === terms.length - 1 ? hit : decision.newLabel();
    const side = term === 'sport' || term === 'src' ? 'src' : 'dst';
    if (term === 'sport' || term === 'dport') decidePorts(decision, side, rule[term] ?? [], holds, miss);
    else decidePrefixes(decision, side, rule[term] ?? [], holds, miss);
    if (holds !== hit) decision.mark(holds);
  }
}

function decidePrefixes(decision: Decision, side: Side, prefixes: readonly Prefix[], hit: Label, miss: Label): void {
  const ipv4 = prefixes.filter(isIpv4Prefix);
  const ipv6 = prefixes.filter((prefix) => !isIpv4Prefix(prefix));
  // After one test of the family, a socket skips the prefixes of the other family.
  const split = ipv4.length > 1 || (ipv4.length === 1 && ipv6.length > 1) || ipv6.some(overlapsIpv4);
  if (split) {
    const otherFamily = decision.newLabel();
    decision.prefix(side, IPV4_PREFIX, false, otherFamily);
    decideList(decision, side, ipv4, true, hit, miss);
    decision.mark(otherFamily);
  }
  decideList(decision, side, split ? ipv6 : prefixes, false, hit, miss);
}

function decideList(
  decision: Decision,
  side: Side,
  prefixes: readonly Prefix[],
  isIpv4: boolean,
  hit: Label,
  miss: Label,
): void {
  for (const prefix of prefixes) {
    const next = decision.newLabel();
    decision.prefix(side, prefix, isIpv4, next);
    decision.jump(hit);
    decision.mark(next);
  }
  decision.jump(miss);
}

/** Minimum number of ranges in a chain: ranges tested one after the other, at a leaf of the tree. */
const SHORTEST_CHAIN = 8;
const MOST_CHAINS = 64;
/**
 * Limit of the audit's steps for jumps of the tree. Jumps of a chain leave it; only the tree jumps within the program,
 * and for each such jump the kernel counts the steps up to its target, in every scan (valid_cc in
 * net/ipv4/inet_diag.c).
 */
const TREE_STEPS = 100_000;

/** Goes to `hit` when the port is in one of the ranges, which must be merged, else to `miss`. */
function decidePorts(decision: Decision, side: Side, ranges: readonly PortRange[], hit: Label, miss: Label): void {
  const chains = Math.min(MOST_CHAINS, TREE_STEPS / ranges.length);
  const longest = Math.max(SHORTEST_CHAIN, Math.ceil(ranges.length / chains));
  const tree = (part: readonly PortRange[], low: number, high: number): void => {
    if (part.length <= longest) {
      decideChain(decision, side, part, { low, high, hit, miss });
      return;
    }
    const middle = part.length >> 1;
    const start = part[middle]?.first ?? 0;
    const lower = decision.newLabel();
    decision.port(side, 'ge', start, lower);
    tree(part.slice(middle), start, high);
    decision.mark(lower);
    tree(part.slice(0, middle), low, start - 1);
  };
  if (ranges.length === 0) decision.jump(miss);
  else tree(ranges, 0, MAX_PORT);
}

interface Chain {
  /** Bounds of the port that are already known, both inclusive. */
  readonly low: number;
  readonly high: number;
  readonly hit: Label;
  readonly miss: Label;
}

function decideChain(
  decision: Decision,
  side: Side,
  ranges: readonly PortRange[],
  { low, high, hit, miss }: Chain,
): void {
  for (const [index, { first, last }] of ranges.entries()) {
    const isLast = index === ranges.length - 1;
    if (isLast && first === last && low < high) {
      decision.port(side, 'eq', first, miss);
    } else {
      if (first > low) decision.port(side, 'ge', first, miss);
      if (!isLast) decision.port(side, 'ge', last + 1, hit);
      else if (last < high) decision.port(side, 'le', last, miss);
    }
    low = last + 1;
  }
  decision.jump(hit);
}
