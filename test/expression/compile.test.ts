import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression, formatExpression, Vocabulary } from '../../expression/index.js';
import { orBeyondBounds } from './bounds.js';
import { CloseCall, interpret, rowArbitrary, typedTree } from './interpreter.js';
import { type Row, VOCABULARY } from './vocabulary.js';

const evaluate = (text: string, row: Row): boolean | null => compileExpression(text, VOCABULARY).evaluate(row);

const ROW: Row = {
  rttUs: 5000,
  minRttUs: 1000,
  lastMs: 250,
  cwnd: 10,
  sent: 1_000_000,
  retrans: 60_000,
  send: 250_000,
  loss: 0.06,
  startMs: Date.parse('2026-11-28T19:05:00Z'),
  endMs: Date.parse('2026-11-28T19:06:30Z'),
  state: 'CLOSE_WAIT',
  limited: 'rwnd',
  comm: 'nginx',
  user: 'www-data',
  busy: true,
  ready: false,
  src: '10.0.0.1',
  dst: '2001:db8::7',
  sport: 443,
  dport: 50_000,
  pid: 812,
};

describe('an expression', () => {
  it.each<[string, boolean | null]>([
    ['', true],
    ['  ', true],
    // Units
    ['rtt = 5ms', true],
    ['rtt = 5000us', true],
    ['rtt = 0.005s', true],
    ['rtt < 1min and rtt < 1h and rtt < 1d', true],
    ['rtt = 5MS', true],
    ['last = 250ms', true],
    ['last = 0.25s', true],
    ['sent = 1MB', true],
    ['sent < 1MiB', true],
    ['sent = 1000kB', true],
    ['send = 2Mbit/s', true],
    ['send = 2000kbit/s', true],
    ['send = 250kB/s', true],
    ['loss > 5%', true],
    ['loss < 5.5%', false],
    ['rtt > 0', true],
    ['rttUs > 50', true],
    ['rttUs = 5000', true],
    ['now.rttUs > 4000 + 999', true],
    ['lastDataSentMs = 250', true],
    ['lastDataSentMs * 2 = 500', true],
    ['sendThroughputBytesPerSec > 249999', true],
    // Arithmetic
    ['rtt > 3*minrtt', true],
    ['rtt > 3 * minrtt + 2ms', false],
    ['(rtt - minrtt) * 2 > 7ms', true],
    ['rtt-minrtt = 4ms', true],
    ['rtt / minrtt = 5', true],
    ['rtt / minrtt = 500%', true],
    ['retrans / sent > 5%', true],
    ['retrans / sent > 0.05', true],
    ['50% * rtt = 2500us', true],
    ['sent / send = 4s', true],
    ['sent / 4s = send', true],
    ['send * 2s = 500kB', true],
    ['2s * send = 500kB', true],
    ['2 + 3 * 4 = 14', true],
    ['2 - 3 - 4 = 2 - 7', true],
    // Texts
    ['comm = NGINX', true],
    ['comm = "nginx"', true],
    ['"nginx" = comm', true],
    ['nginx = comm', true],
    ['comm != curl', true],
    ['limited = rwnd', true],
    // A word beside a text is a text, also if a number or an address has this name.
    ['limited = cwnd', false],
    ['limited != cwnd', true],
    ['cwnd = limited', false],
    ['comm = busy', false],
    ['comm = src', false],
    ['comm != user', true],
    ['comm = user', false],
    ['comm ~ ng*', true],
    ['comm ~ NG?N?', true],
    ['comm ~ ng', false],
    ['comm !~ *x', false],
    ['state:close_wait', true],
    ['state:wait', true],
    ['comm:curl,gin', true],
    ['comm:curl, gin', true],
    ['-comm:nginx', false],
    ['comm in (curl, NGINX)', true],
    ['comm not in (curl, "apache")', true],
    ['comm in (user)', false],
    ['user in (www-data)', true],
    ['user in ( and , www-data )', true],
    ['src in (10.0.0.0/8, ::1)', true],
    ['rtt in (5ms,6ms)', true],
    ['pid in (1, 812)', true],
    // Booleans and flags
    ['busy = true', true],
    ['busy != false', true],
    ['busy:true', true],
    ['ready = false', true],
    ['busy = ready', false],
    ['is:lossy', true],
    ['IS:OPEN', true],
    ['not is:unknown-process', true],
    // Addresses and ports
    ['src 10.0.0.0/8', true],
    ['src 10.1.0.0/16,10.0.0.1', true],
    ['dst 10.0.0.0/8', false],
    ['addr 2001:db8::/32', true],
    ['dst ::/0', true],
    ['src ::/0', false],
    ['src = 10.0.0.1', true],
    ['src = ::ffff:10.0.0.1', true],
    ['src = 10.0.0.0/8', true],
    ['src = dst', false],
    ['src != dst', true],
    ['src ~ 10.*', true],
    ['dst:2001:db8::/32', true],
    ['addr:10.0.0.1', true],
    ['sport 443', true],
    ['dport 50000-60000', true],
    ['port 1-442,444', false],
    ['port:80,443', true],
    ['dport > 1024', true],
    ['dport - sport > 49000', true],
    ['sport in (80, 443)', true],
    ['DPORT 50000', true],
    // Times
    ['startTime > "2026-11-28"', true],
    ['startTime = "2026-11-28T20:05+01:00"', true],
    ['"2026-11-28T19:04:59.9" < startTime', true],
    ['endTime - startTime = 90s', true],
    ['startTime + 90s = endTime', true],
    ['endTime in ("2026-11-28T19:06:30Z")', true],
    // Search
    ['nginx', true],
    ['GIN', true],
    ['"www-data"', true],
    ['www-data', true],
    ['10.0.0', true],
    ['10.0.0.0/8', true],
    ['11.0.0.0/8', false],
    ['443', true],
    ['812', true],
    ['81', false],
    ['"443"', false],
    ['2001:db8::7 443', true],
    ['-curl', true],
    ['close_wait', false],
    // Connectives
    ['nginx 443 -curl', true],
    ['nginx and 443 && !curl', true],
    ['curl or 443', true],
    ['curl || wget', false],
    ['curl and wget or nginx', true],
    ['curl and (wget or nginx)', false],
    ['not curl or wget', true],
    ['not (curl or nginx)', false],
    ['NOT curl AND nginx', true],
    ['-(curl)', true],
    // Names
    ['RTT = 5ms', true],
    ['bytesSent = 1MB and connection.bytesSent = 1MB', true],
    ['rtt != null', true],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text, ROW)).toBe(expected);
  });

  it('takes a number that is not finite, and a text that is no address, as unknown', () => {
    expect(evaluate('rtt > 5ms', { rttUs: Number.NaN })).toBeNull();
    expect(evaluate('rtt > 5ms', { rttUs: Number.POSITIVE_INFINITY })).toBeNull();
    expect(evaluate('src 10.0.0.0/8', { src: 'somewhere' })).toBeNull();
  });

  it('reads the bytes of an address where the field gives them', () => {
    const vocabulary = new Vocabulary<Uint8Array>({
      fields: [
        { part: '', name: 'src', type: 'address', description: '', read: () => 'unused', readBytes: (row) => row },
      ],
    });
    const address = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1);
    expect(compileExpression('src 10.0.0.0/8', vocabulary).matches(address)).toBe(true);
    expect(compileExpression('src ::/0', vocabulary).matches(address)).toBe(false);
  });

  it('agrees with a naive interpreter', () => {
    let decided = 0;
    fc.assert(
      fc.property(typedTree, fc.array(rowArbitrary, { minLength: 1, maxLength: 4 }), (tree, rows) => {
        const text = formatExpression(tree);
        for (const row of rows) {
          const expected = orClose(() => interpret(tree, row));
          const actual = orBeyondBounds(() => compileExpression(text, VOCABULARY).evaluate(row));
          fc.pre(expected !== 'close' && actual !== 'beyond');
          expect(actual, text).toBe(expected);
          if (expected !== null) decided++;
        }
      }),
      { numRuns: 1000 },
    );
    expect(decided).toBeGreaterThan(500);
  });
});

function orClose<T>(calculate: () => T): T | 'close' {
  try {
    return calculate();
  } catch (error) {
    if (error instanceof CloseCall) return 'close';
    throw error;
  }
}
