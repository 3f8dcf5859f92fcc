import { describe, expect, it } from 'vitest';
import { AlertRulesError, parseRules } from '../../../live/alerts/rules/index.js';

/** Returns the mistakes in a file of rules, as `LINE:COLUMN: REASON`. */
function mistakes(text: string): string[] {
  try {
    parseRules(text, 'alerts.json');
  } catch (error) {
    if (error instanceof AlertRulesError)
      return error.problems.map((each) => `${each.line}:${each.column}: ${each.reason}`);
    throw error;
  }
  return [];
}

const rule = (members: object): string =>
  JSON.stringify({ alerts: [{ name: 'lossy', when: 'rtt > 50ms', ...members }] });

describe('a file of rules', () => {
  it('has rules on connections', () => {
    const [lossy] = parseRules(
      `{"alerts":[{"name":"lossy","when":"retransmitRateBytes > 5% and send > 1Mbit/s","for":"5s","clear":"retransmitRateBytes < 1%",
        "clearFor":"10s","filter":"dport 443","severity":"critical","record":{"before":"30s","after":"10s"},"watch":"2ms",
        "to":["log","webhook"]}]}`,
      'alerts.json',
    );
    expect(lossy).toMatchObject({
      ...{ kind: 'connection', name: 'lossy', severity: 'critical', forUs: 5e6, clearForUs: 10e6, watchMs: 2 },
      ...{ record: { beforeMs: 30_000, afterMs: 10_000 }, to: ['log', 'webhook'], isVolatile: false },
      ...{ valueText: 'retransmitRateBytes', isMoreWorse: true, unit: '' },
    });
  });

  it('has rules on groups, the machine, and hosts', () => {
    const rules = parseRules(
      `{"alerts":[
        {"name":"not closed","by":"process.command","when":"count(where state = close_wait) > 100","for":"1min"},
        {"name":"slow","by":"all","when":"p95(rtt where dport 443) > 50ms"},
        {"name":"errors","by":"all","when":"http.errorRate > 5% and http.requestsPerSec > 10"},
        {"name":"host","by":"http.host","when":"http.ttfb > 200ms","filter":"http.host ~ \\"*.example\\""},
        {"name":"section","by":"http.section","when":"http.requestsPerSec < 1"}]}`,
      'alerts.json',
    );
    expect(rules.map((each) => [each.kind, each.valueText, each.unit, each.isMoreWorse, each.forUs])).toEqual([
      ['group', 'count(where state = close_wait)', '', true, 60e6],
      ['group', 'p95(rtt where dport 443)', 'us', true, 0],
      ['group', 'http.errorRate', '', true, 0],
      ['http', 'http.ttfb', 'us', true, 0],
      ['http', 'http.requestsPerSec', '', false, 0],
    ]);
    expect(rules[2]).toMatchObject({ usesHttp: true, by: null });
  });

  it('knows which rules read what changes without a record', () => {
    const volatile = (when: string): boolean => {
      const [first] = parseRules(rule({ when }), 'alerts.json');
      return first?.kind === 'connection' && first.isVolatile;
    };
    for (const when of [
      'age > 1h',
      'comm = nginx',
      'unit ~ "*"',
      '-is:new',
      'is:firing',
      'connection.limitedBy = rwnd',
    ])
      expect([when, volatile(when)]).toEqual([when, true]);
    for (const when of [
      'rtt > 3*minrtt',
      'state:close_wait',
      'limited = rwnd',
      'bytesSent > 1MB',
      'is:lossy',
      'dst 10.0.0.0/8',
    ])
      expect([when, volatile(when)]).toEqual([when, false]);
  });

  it.each([
    ['', '1:1: expected a value, found the end'],
    ['{"alerts":[}', '1:12: expected a value, found "}"'],
    ['{"alerts":[]}}', '1:14: expected the end, found "}"'],
    ['{"alerts":{}}', '1:11: expected "alerts" with a list of rules'],
    ['[]', '1:1: expected an object with "alerts"'],
    ['{"alert":[]}', '1:1: expected "alerts" with a list of rules'],
    ['{\n "alerts": [\n  {"name": "a", "when": "rto > 5ms"}]}', "3:26: 'rto' is no field; rtt, rttvar?"],
    ['{\n "alerts": [\n  {"name": "a", "when": "comm = \\"a\\" rtt > 5"}]}', '3:45: 5 has no unit; 5us, 5ms, 5s?'],
    [
      rule({ name: 'a/b' }),
      '1:20: name: expected 1 to 64 letters, digits, blanks, and . _ -, the first a letter or digit',
    ],
    [rule({ for: '5' }), '1:54: for: expected a duration from 0s to 1d, such as "5s"'],
    [rule({ watch: '2s' }), '1:56: watch: expected a duration from 1ms to 1s, such as "2ms"'],
    [rule({ severity: 'bad' }), '1:59: severity: expected info, warning, critical'],
    [rule({ clearfor: '5s' }), '1:48: "clearfor" is not known; clearFor?'],
    [rule({ to: ['mail'] }), '1:54: to: expected log, events, webhook'],
    [rule({ record: true }), '1:57: record: expected an object such as {"before":"30s","after":"10s"}'],
    [rule({ when: 'count() > 5' }), "1:42: expected a condition, found ')'"],
    [rule({ by: 'all' }), "1:36: 'rtt' is no field; http.ttfb?"],
    [rule({ by: 'nothing' }), expect.stringContaining('"all" is the machine')],
    [
      rule({ by: 'http.host', when: 'http.ttfb > 1s', record: {} }),
      expect.stringContaining('record: a rule by http.host has no connections'),
    ],
    ['{"alerts":[{"when":"rtt > 1s"}]}', '1:12: the rule has no "name"'],
    ['{"alerts":[{"name":"a"}]}', '1:12: the rule has no "when"'],
    ['{"alerts":[{"name":"a","when":""}]}', '1:31: expected an expression'],
  ])('says where %s is wrong', (text, expected) => {
    expect(mistakes(text)).toContainEqual(expected);
  });

  it('says all that is wrong', () => {
    expect(
      mistakes(
        '{"alerts":[{"name":"a","when":"rto > 1s","for":"x"},{"name":"A","when":"rtt > 1s"},{"name":"a","when":"rtt > 1s"}]}',
      ),
    ).toHaveLength(3);
  });

  it('has at most 64 rules', () => {
    const many = (count: number): string =>
      JSON.stringify({ alerts: Array.from({ length: count }, (_, i) => ({ name: `r${i}`, when: 'rtt > 1s' })) });
    expect(parseRules(many(64), 'f')).toHaveLength(64);
    expect(mistakes(many(65))).toEqual([expect.stringContaining('more than 64 rules')]);
  });

  it('is the same rule in another order of members', () => {
    const [a] = parseRules('{"alerts":[{"name":"a","when":"rtt > 1s","for":"5s"}]}', 'f');
    const [b] = parseRules('{ "alerts": [ { "for": "5s", "when": "rtt > 1s", "name": "a" } ] }', 'f');
    expect(a?.source).toBe(b?.source);
  });
});
