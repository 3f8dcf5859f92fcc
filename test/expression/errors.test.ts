import { describe, expect, it } from 'vitest';
import { compileExpression, ExpressionError } from '../../expression/index.js';
import { VOCABULARY } from './vocabulary.js';

function errorOf(text: string): ExpressionError {
  try {
    compileExpression(text, VOCABULARY);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`${text} is accepted`);
}

const SYNTAX = 'syntax';
const NAMES = 'names';
const TYPES = 'types';

describe('an error of an expression', () => {
  it.each([
    [SYNTAX, 'rtt >', 'at 5: expected a value, found the end'],
    [SYNTAX, 'rtt > > 5ms', "at 6: expected a value, found '>'"],
    [SYNTAX, 'rtt > 5ms and', 'at 13: expected a condition, found the end'],
    [SYNTAX, 'and rtt > 5ms', "at 0: expected a condition, found 'and'"],
    [SYNTAX, 'rtt > 5ms < 6ms', "at 10: expected a condition, found '<'"],
    [SYNTAX, '(rtt > 5ms', "at 10: expected ')', found the end"],
    [SYNTAX, 'rtt > 5ms)', "at 9: expected the end, found ')'"],
    [SYNTAX, '()', "at 1: expected a condition, found ')'"],
    [SYNTAX, 'rtt + minrtt', "at 12: expected a comparison after 'rtt + minrtt'"],
    [SYNTAX, 'null', "at 4: expected a comparison after 'null'"],
    [SYNTAX, 'comm in nginx', "at 8: expected a list in parentheses, found 'nginx'"],
    [SYNTAX, 'comm not in (a b)', "at 15: expected ')', found 'b'"],
    [SYNTAX, 'comm in (a, null)', "at 12: expected a value, found 'null'"],
    [SYNTAX, 'comm in (a,)', "at 11: expected a value, found ')'"],
    [SYNTAX, 'comm: nginx', "at 6: expected a value right after ':', found 'nginx'"],
    [SYNTAX, 'is:', "at 3: expected a flag right after ':', found the end"],
    [SYNTAX, 'dport', "at 5: expected a list after 'dport', found the end"],
    [SYNTAX, 'comm ~', 'at 6: expected a pattern, found the end'],
    [SYNTAX, '5ms ~ x', "at 0: expected a field before '~'"],
    [SYNTAX, 'comm = "nginx', 'at 7: this string has no closing quote'],
    [SYNTAX, 'rtt # 5', "at 4: '#' has no meaning here"],
    [SYNTAX, 'rtt > \u0007', "at 6: '\\u{7}' has no meaning here"],
    [NAMES, '3*rto < rtt', "at 2: 'rto' is no field; rtt, rttvar?"],
    [NAMES, 'cwn > 5', "at 0: 'cwn' is no field; cwnd?"],
    [NAMES, 'now.rtUs > 5us', "at 0: 'now.rtUs' is no field; now.rttUs, now.rttvarUs?"],
    [NAMES, 'zzzz = 5', "at 0: 'zzzz' is no field"],
    [NAMES, 'foo = bar', "at 0: 'foo' is no field"],
    [NAMES, '"foo" = bar', "at 8: 'bar' is no field"],
    [NAMES, 'comn:nginx', "at 0: 'comn' is no field; comm?"],
    [NAMES, 'comn ~ n*', "at 0: 'comn' is no field; comm?"],
    [NAMES, 'is:lossi', "at 3: 'lossi' is no flag; lossy?"],
    [NAMES, 'is:zzzzz', "at 3: 'zzzzz' is no flag; open, lossy, unknown-process?"],
    [NAMES, 'limited = foo', "at 10: 'foo' is no value of 'limitedBy'; application, cwnd, rwnd, sndbuf, idle?"],
    [NAMES, 'foo != limited', "at 0: 'foo' is no value of 'limitedBy'; application, cwnd, rwnd, sndbuf, idle?"],
    [NAMES, 'limited = cwn', "at 10: 'cwn' is no value of 'limitedBy'; cwnd, rwnd?"],
    [NAMES, 'limited = ""', "at 10: '' is no value of 'limitedBy'; application, cwnd, rwnd, sndbuf, idle?"],
    [NAMES, 'limited:rwnd,cwnt', "at 13: 'cwnt' is no value of 'limitedBy'; cwnd?"],
    [NAMES, '-limited:cwnt', "at 9: 'cwnt' is no value of 'limitedBy'; cwnd?"],
    [NAMES, 'limited in (idle, aplication)', "at 18: 'aplication' is no value of 'limitedBy'; application?"],
    [NAMES, 'limited not in (idl)', "at 16: 'idl' is no value of 'limitedBy'; idle?"],
    [NAMES, 'limited ~ cwnt*', "at 10: 'cwnt*' is no value of 'limitedBy'; application, cwnd, rwnd, sndbuf, idle?"],
    [NAMES, 'limited !~ x?', "at 11: 'x?' is no value of 'limitedBy'; application, cwnd, rwnd, sndbuf, idle?"],
    [NAMES, 'family = 4', "at 9: '4' is no value of 'family'; 2, 10?"],
    [NAMES, '6 != family', "at 0: '6' is no value of 'family'; 2, 10?"],
    [NAMES, 'family:2,6', "at 9: '6' is no value of 'family'; 2, 10?"],
    [NAMES, 'family in (2, 4)', "at 14: '4' is no value of 'family'; 2, 10?"],
    [
      NAMES,
      'rtt > 5m',
      "at 7: 'm' is no unit; us, ms, s, min, h, d, B, kB, MB, GB, KiB, MiB, GiB, bit/s, kbit/s, Mbit/s, Gbit/s, B/s, kB/s, MB/s, %?",
    ],
    [NAMES, 'cwnd > 1234567890123456', "at 7: a number has at most 15 digits, '1234567890123456' has more"],
    [NAMES, 'sent > 1234567890123456B', "at 7: a number has at most 15 digits, '1234567890123456B' has more"],
    [TYPES, 'rtt > 50', 'at 6: 50 has no unit; 50us, 50ms, 50s?'],
    [TYPES, '50 < rtt', 'at 0: 50 has no unit; 50us, 50ms, 50s?'],
    [TYPES, 'sent > 1000', 'at 7: 1000 has no unit; 1000B, 1000kB, 1000MB?'],
    [TYPES, 'send > 5', 'at 7: 5 has no unit; 5kbit/s, 5Mbit/s, 5MB/s?'],
    [TYPES, 'loss > 5', 'at 7: 5 has no unit; 5%?'],
    [TYPES, 'rtt + 50 > 1ms', 'at 6: 50 has no unit; 50us, 50ms, 50s?'],
    [TYPES, 'rtt in (50)', 'at 8: 50 has no unit; 50us, 50ms, 50s?'],
    [TYPES, 'rtt:50', 'at 4: 50 has no unit; 50us, 50ms, 50s?'],
    [TYPES, 'rtt > 5MB', "at 6: '5MB' is a number of bytes, 'rtt' is a duration"],
    [TYPES, 'rtt > 3 * cwnd', "at 6: '3 * cwnd' is a number without unit, 'rtt' is a duration"],
    [TYPES, 'rttUs > cwnd', "at 8: 'cwnd' is a number without unit, 'rttUs' is a duration"],
    [TYPES, 'rtt * rtt > 5ms', "at 4: '*' does not apply: 'rtt' is a duration and 'rtt' a duration"],
    [TYPES, 'startTime + endTime > 5s', "at 10: '+' does not apply: 'startTime' is a time and 'endTime' a time"],
    [TYPES, 'startTime > 5', "at 12: '5' is a number without unit, 'startTime' is a time"],
    [TYPES, 'startTime > yesterday', 'at 12: \'yesterday\' is no time; "2026-11-28T19:05:00Z"?'],
    [TYPES, 'comm + 5 > 3', "at 0: 'comm' is a text; expected a number"],
    [TYPES, 'null + 5 > 3', "at 0: 'null' is null; expected a number"],
    [TYPES, 'rtt > "x"', 'at 6: \'"x"\' is a text; expected a number'],
    [TYPES, 'comm < nginx', "at 5: '<' does not apply to a text; =, !=?"],
    [TYPES, 'rtt < null', "at 4: '<' does not apply to null; =, !=?"],
    [TYPES, 'null = null', "at 7: expected a field beside null, found 'null'"],
    [TYPES, 'comm = web-1', `at 7: 'comm' is a text; "web-1"?`],
    [TYPES, 'web-1 != comm', `at 0: 'comm' is a text; "web-1"?`],
    [TYPES, 'comm = 5', "at 7: '5' is a number without unit, 'comm' is a text"],
    [TYPES, 'src = busy', "at 6: 'busy' is true or false, 'src' is an address"],
    [TYPES, 'busy = maybe', "at 7: 'maybe' is neither true nor false"],
    [TYPES, 'rtt ~ 5*', "at 0: '~' takes texts; 'rtt' is a duration"],
    [TYPES, 'busy ~ t*', "at 0: '~' takes texts; 'busy' is true or false"],
    [
      TYPES,
      'src 10.0.0.1/8',
      "at 4: '10.0.0.1/8' is no address and no prefix without host bits; 10.0.0.0/8, 2001:db8::1?",
    ],
    [TYPES, 'dst = nginx', "at 6: 'nginx' is no address and no prefix without host bits; 10.0.0.0/8, 2001:db8::1?"],
    [TYPES, 'dport 443,x', "at 10: 'x' is no port and no range of ports; 443, 5000-5010?"],
    [TYPES, 'port:70000', "at 5: '70000' is no port and no range of ports; 443, 5000-5010?"],
  ])('(%s) in %j is %j', (_kind, text, message) => {
    expect(errorOf(text).message).toBe(message);
  });

  it('has a code, the position and what was expected', () => {
    const error = errorOf('rtt > 50');
    expect(error).toMatchObject({ name: 'ExpressionError', code: 'ERR_EXPRESSION', at: 6 });
    expect(error.expected).toEqual(['50us', '50ms', '50s']);
    expect(errorOf('rtt >').expected).toEqual(['a field', 'a value']);
    expect(errorOf('3*rto < rtt').expected).toEqual(['rtt', 'rttvar']);
    expect(errorOf('rtt + minrtt').expected).toContain('<');
    expect(errorOf('(comm:a').expected).toEqual(['and', 'or', ')']);
    expect(errorOf('comm: nginx').expected).toEqual(['a value']);
  });

  it('shortens long words and escapes invisible characters', () => {
    expect(errorOf(`${'x'.repeat(200)} = 5`).message).toBe(`at 0: '${'x'.repeat(40)}…' is no field`);
    expect(errorOf('comm = 5-"\u001b"').message).toBe(`at 7: 'comm' is a text; "5-"\\u{1b}""?`);
    expect(errorOf('dst = "\u202e\u001b"').message).toContain("'\\u{202e}\\u{1b}'");
  });
});

describe('the bounds of an expression', () => {
  const many = (count: number, text: string, between: string) => new Array(count).fill(text).join(between);

  it.each([
    ['4,096 characters', ' '.repeat(4096), ' '.repeat(4097), 'at 4096: more than 4096 characters'],
    ['256 nodes', `dport ${many(254, '1', ',')}`, `dport ${many(255, '1', ',')}`, 'at 0: more than 256 parts'],
    [
      '32 levels',
      `${'('.repeat(32)}a${')'.repeat(32)}`,
      `${'('.repeat(33)}a${')'.repeat(33)}`,
      'at 33: more than 32 levels deep',
    ],
    ['32 negations', `${'-'.repeat(32)}a`, `${'-'.repeat(33)}a`, 'at 33: more than 32 levels deep'],
    [
      '32 levels of values',
      `rtt > ${'('.repeat(32)}5ms${')'.repeat(32)}`,
      `rtt > ${'('.repeat(33)}5ms${')'.repeat(33)}`,
      'at 39: more than 32 levels deep',
    ],
    ['256 characters of a word', 'a'.repeat(256), 'a'.repeat(257), 'at 0: text of more than 256 characters'],
    [
      '256 characters of a string',
      `"${'a'.repeat(256)}"`,
      `"${'a'.repeat(257)}"`,
      'at 0: text of more than 256 characters',
    ],
    [
      '256 characters of a pattern',
      `comm ~ ${'*'.repeat(256)}`,
      `comm ~ ${'*'.repeat(257)}`,
      'at 7: text of more than 256 characters',
    ],
    [
      '256 characters with hyphens',
      many(43, 'a-bcd', '-').slice(0, 256),
      many(52, 'a-bcd', '-'),
      'at 0: text of more than 256 characters',
    ],
  ])('are %s', (_bound, accepted, refused, message) => {
    expect(() => compileExpression(accepted, VOCABULARY)).not.toThrow();
    expect(errorOf(refused).message).toBe(message);
  });
});
