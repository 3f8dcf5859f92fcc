import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPortRange, mergePortRanges, PortSet, parsePortRange } from '../../../inetdiag/filter/ports.js';
import { cut, formatPrefix, parsePrefix } from '../../../inetdiag/filter/prefix.js';
import { withoutCovered } from '../../../inetdiag/filter/prefix-map.js';
import { joinRules } from '../../../inetdiag/filter/rule.js';
import {
  FilterRuleError,
  formatFilterRule,
  LOCAL_PREFIXES,
  parseFilterRule,
  SocketFilter,
} from '../../../inetdiag/index.js';
import { idOf, prefixArbitrary, rangeArbitrary, ruleArbitrary, socketArbitrary } from './arbitrary.js';

describe('parseFilterRule', () => {
  it.each([
    ['include src 10.0.0.0/8', 'include src 10.0.0.0/8'],
    ['exclude  dport\t5000-5010,443 ', 'exclude dport 5000-5010,443'],
    ['exclude dport 443 dst 2001:DB8::/32', 'exclude dst 2001:db8::/32 dport 443'],
    ['exclude dst ::ffff:10.0.0.0/104', 'exclude dst 10.0.0.0/8'],
    ['exclude dst ::ffff:192.0.2.1', 'exclude dst 192.0.2.1'],
    ['exclude dst 0.0.0.0/0,::/0', 'exclude dst 0.0.0.0/0,::/0'],
    ['include sport 0-65535 src 192.0.2.0/25', 'include src 192.0.2.0/25 sport 0-65535'],
  ])('parses %j', (text, canonical) => {
    expect(formatFilterRule(parseFilterRule(text))).toBe(canonical);
  });

  it('parses the output of formatFilterRule', () => {
    fc.assert(
      fc.property(ruleArbitrary, (rule) => {
        expect(parseFilterRule(formatFilterRule(rule))).toEqual(rule);
      }),
    );
  });

  it.each([
    ['', 'expected include or exclude'],
    ['drop dport 1', 'expected include or exclude'],
    ['Exclude dport 1', 'expected include or exclude'],
    ['exclude', 'has no term'],
    ['exclude port 1', "'port' is not a term"],
    ['exclude dport', "dport '' is not accepted: expected ports"],
    ['exclude dport 65536', "dport '65536' is not accepted"],
    ['exclude dport 10-9', "dport '10-9' is not accepted"],
    ['exclude dport 1,,2', "dport '' is not accepted"],
    ['exclude dport 1, 2', "dport '' is not accepted"],
    ['exclude dport -1', "dport '-1' is not accepted"],
    ['exclude dport 1 dport 2', 'has dport twice'],
    ['exclude dst 10.0.0.1/8', "dst '10.0.0.1/8' is not accepted: expected addresses or prefixes without host bits"],
    ['exclude dst 10.0.0.0/33', 'is not accepted'],
    ['exclude dst 10.0.0.0/08', 'is not accepted'],
    ['exclude dst 2001:db8::/129', 'is not accepted'],
    ['exclude dst fe80::1%eth0', 'is not accepted'],
    ['exclude src example.com', 'is not accepted'],
  ])('rejects %j', (text, reason) => {
    expect(() => parseFilterRule(text)).toThrow(FilterRuleError);
    expect(() => parseFilterRule(text)).toThrow(`rule '${text}': `);
    expect(() => parseFilterRule(text)).toThrow(reason);
  });
});

/** Address 192.0.2.9 in the format of inet_diag. */
const PEER = Uint8Array.of(192, 0, 2, 9, ...new Uint8Array(12));

describe('SocketFilter', () => {
  const socket = (dport: number, sport = 1) => ({
    family: 2,
    sport,
    dport,
    src: new Uint8Array(16),
    dst: new Uint8Array(16),
  });
  const wants = (rules: readonly string[], dport: number, sport?: number): boolean =>
    new SocketFilter(rules.map(parseFilterRule)).wants(idOf(socket(dport, sport)), 2);

  it('wants everything without rules, and everything not excluded without an include rule', () => {
    expect(wants([], 443)).toBe(true);
    expect(wants(['exclude dport 443'], 443)).toBe(false);
    expect(wants(['exclude dport 443'], 444)).toBe(true);
  });

  it('wants only included sockets with an include rule; exclude wins, in any order', () => {
    const rules = ['include dport 1-100', 'exclude dport 50', 'include dport 443'];
    for (const order of [rules, rules.toReversed()]) {
      expect([1, 50, 100, 101, 443].map((port) => wants(order, port))).toEqual([true, false, true, false, true]);
    }
  });

  it('requires every term of a rule', () => {
    expect(wants(['exclude dport 443 sport 7'], 443, 7)).toBe(false);
    expect(wants(['exclude dport 443 sport 7'], 443, 8)).toBe(true);
  });

  it('keeps a socket with lost endpoints if any complete socket with its other fields is wanted', () => {
    fc.assert(
      fc.property(fc.array(ruleArbitrary), socketArbitrary, (rules, each) => {
        const filter = new SocketFilter(rules);
        const lost = { ...each, dport: 0, src: new Uint8Array(16) };
        if (filter.wants(idOf(each), each.family)) expect(filter.mayWant(idOf(lost), each.family)).toBe(true);
      }),
    );
    const mayWant = (rule: string): boolean => {
      return new SocketFilter([parseFilterRule(rule)]).mayWant(idOf({ ...socket(0, 7), dst: PEER }), 2);
    };
    expect(mayWant('exclude dport 443')).toBe(true);
    expect(mayWant('include dport 443')).toBe(true);
    expect(mayWant('exclude sport 7')).toBe(false);
    expect(mayWant('exclude dst 192.0.2.0/24')).toBe(false);
    expect(mayWant('exclude dst 192.0.2.0/24 dport 443')).toBe(true);
    expect(mayWant('include dst 10.0.0.0/8')).toBe(false);
  });

  it('gives the same result for the joined rules', () => {
    fc.assert(
      fc.property(fc.array(ruleArbitrary), socketArbitrary, (rules, each) => {
        const alone = rules.map((rule) => ({
          rule,
          matches: !new SocketFilter([{ ...rule, action: 'exclude' }]).wants(idOf(each), each.family),
        }));
        const includes = alone.filter(({ rule }) => rule.action === 'include');
        const excluded = alone.some(({ rule, matches }) => rule.action === 'exclude' && matches);
        const wanted = !excluded && (includes.length === 0 || includes.some(({ matches }) => matches));
        expect(new SocketFilter(joinRules(rules)).wants(idOf(each), each.family)).toBe(wanted);
      }),
    );
  });
});

describe('prefixes', () => {
  it('are parsed in their notation', () => {
    fc.assert(
      fc.property(prefixArbitrary, (prefix) => {
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
      }),
    );
  });

  it('are cut to their length', () => {
    expect(cut(new Uint8Array(16).fill(255), 0)).toEqual(new Uint8Array(16));
    expect(cut(new Uint8Array(16).fill(255), 13).subarray(0, 3)).toEqual(Uint8Array.of(255, 0xf8, 0));
    expect(cut(new Uint8Array(16).fill(255), 128)).toEqual(new Uint8Array(16).fill(255));
  });

  it('inside others are dropped, and IPv4 prefixes are not inside ::/0', () => {
    const prefixes = ['10.1.0.0/16', '::/0', '10.0.0.0/8', '10.0.0.0/8', '2001:db8::', '192.0.2.1'].map(
      (text) => parsePrefix(text) ?? expect.fail(text),
    );
    expect(withoutCovered(prefixes).map(formatPrefix)).toEqual(['::/0', '10.0.0.0/8', '192.0.2.1']);
    expect(withoutCovered(LOCAL_PREFIXES)).toEqual(LOCAL_PREFIXES);
  });
});

describe('port ranges', () => {
  it('are parsed in their notation', () => {
    fc.assert(
      fc.property(rangeArbitrary, (range) => {
        expect(parsePortRange(formatPortRange(range))).toEqual(range);
      }),
    );
  });

  it('are merged to disjoint ranges of the same ports', () => {
    fc.assert(
      fc.property(fc.array(rangeArbitrary), fc.array(fc.nat(65_535)), (ranges, ports) => {
        const merged = mergePortRanges(ranges);
        merged.slice(1).forEach(({ first }, i) => {
          expect(first).toBeGreaterThan((merged[i]?.last ?? 0) + 1);
        });
        const set = new PortSet(ranges);
        for (const port of [0, 65_535, ...ports, ...ranges.flatMap(({ first, last }) => [first, last])]) {
          const inside = ranges.some(({ first, last }) => port >= first && port <= last);
          expect(merged.some(({ first, last }) => port >= first && port <= last)).toBe(inside);
          expect(set.has(port)).toBe(inside);
        }
      }),
    );
  });
});
