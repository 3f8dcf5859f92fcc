import { formatPortRange, mergePortRanges, type PortRange, parsePortRange } from './ports.js';
import { formatPrefix, type Prefix, parsePrefix } from './prefix.js';
import { withoutCovered } from './prefix-map.js';

/**
 * Rule that includes or excludes connections. It matches when every present term matches; a term matches when one
 * element of its list does. As in the kernel's structs, the source is the local end and the destination the remote end.
 */
export interface FilterRule {
  readonly action: 'include' | 'exclude';
  /** Local ports. */
  readonly sport?: readonly PortRange[];
  /** Remote ports. */
  readonly dport?: readonly PortRange[];
  /** Local addresses. */
  readonly src?: readonly Prefix[];
  /** Remote addresses. */
  readonly dst?: readonly Prefix[];
}

/** Terms of a rule, in the order of their evaluation: the cheapest first. */
export const FILTER_TERMS = ['sport', 'dport', 'src', 'dst'] as const;
export type FilterTerm = (typeof FILTER_TERMS)[number];

/** Error for a rule with invalid syntax. The message quotes the rule and says what is expected. */
export class FilterRuleError extends Error {
  override readonly name = 'FilterRuleError';
  readonly code = 'ERR_FILTER_RULE';

  constructor(
    readonly rule: string,
    reason: string,
  ) {
    super(`rule '${rule}': ${reason}`);
  }
}

const SHAPE =
  'include or exclude, then one or more of src PREFIXES, dst PREFIXES, sport PORTS, dport PORTS, such as exclude dst 2001:db8::/32 dport 443';
const PORTS = 'expected ports from 0 to 65535, such as 443 or 80,5000-5010';
const PREFIXES = 'expected addresses or prefixes without host bits, such as 10.0.0.0/8,2001:db8::1';

/**
 * Parses one rule: `include` or `exclude`, then one or more terms, each at most once: `src` or `dst` and prefixes,
 * `sport` or `dport` and ports, as lists with commas and without spaces. E.g. `exclude dst 2001:db8::/32 dport
 * 443,5000-5010`.
 * @throws FilterRuleError
 */
export function parseFilterRule(text: string): FilterRule {
  const [action, ...words] = text.trim().split(/\s+/);
  if (action !== 'include' && action !== 'exclude') throw new FilterRuleError(text, `expected ${SHAPE}`);
  if (words.length === 0) throw new FilterRuleError(text, `has no term: expected ${SHAPE}`);
  const rule: { -readonly [Key in keyof FilterRule]: FilterRule[Key] } = { action };
  for (let i = 0; i < words.length; i += 2) {
    const term = FILTER_TERMS.find((known) => known === words[i]);
    if (term === undefined) throw new FilterRuleError(text, `'${words[i]}' is not a term: expected ${SHAPE}`);
    if (rule[term] !== undefined) throw new FilterRuleError(text, `has ${term} twice; give its values as a list`);
    const list = words[i + 1] ?? '';
    if (term === 'sport' || term === 'dport') rule[term] = parseList(text, term, list, parsePortRange, PORTS);
    else rule[term] = parseList(text, term, list, parsePrefix, PREFIXES);
  }
  return rule;
}

/** Formats a rule as {@link parseFilterRule} reads it. */
export function formatFilterRule(rule: FilterRule): string {
  const words: string[] = [rule.action];
  for (const term of ['src', 'dst'] as const) {
    const prefixes = rule[term];
    if (prefixes !== undefined) words.push(term, prefixes.map(formatPrefix).join(','));
  }
  for (const term of ['sport', 'dport'] as const) {
    const ranges = rule[term];
    if (ranges !== undefined) words.push(term, ranges.map(formatPortRange).join(','));
  }
  return words.join(' ');
}

/** Returns the terms that a rule has. */
export function termsOf(rule: FilterRule): FilterTerm[] {
  return FILTER_TERMS.filter((term) => rule[term] !== undefined);
}

/**
 * Joins rules that have the same action and the same single term. The order of rules has no meaning and may change; the
 * order of prefixes within a term stays.
 */
export function joinRules(rules: readonly FilterRule[]): FilterRule[] {
  const joined = new Map<string, FilterRule>();
  for (const [index, rule] of rules.entries()) {
    const [term, ...more] = termsOf(rule);
    const key = term === undefined || more.length > 0 ? `rule ${index}` : `${rule.action} ${term}`;
    const before = joined.get(key);
    joined.set(key, before === undefined || term === undefined ? rule : join(before, rule, term));
  }
  return [...joined.values()].map(tidy);
}

function join(a: FilterRule, b: FilterRule, term: FilterTerm): FilterRule {
  return { action: a.action, [term]: [...(a[term] ?? []), ...(b[term] ?? [])] };
}

function tidy({ action, sport, dport, src, dst }: FilterRule): FilterRule {
  return {
    action,
    ...(sport === undefined ? {} : { sport: mergePortRanges(sport) }),
    ...(dport === undefined ? {} : { dport: mergePortRanges(dport) }),
    ...(src === undefined ? {} : { src: withoutCovered(src) }),
    ...(dst === undefined ? {} : { dst: withoutCovered(dst) }),
  };
}

function parseList<T>(
  rule: string,
  term: FilterTerm,
  list: string,
  parse: (text: string) => T | undefined,
  expected: string,
): T[] {
  return list.split(',').map((item) => {
    const value = parse(item);
    if (value === undefined) throw new FilterRuleError(rule, `${term} '${item}' is not accepted: ${expected}`);
    return value;
  });
}
