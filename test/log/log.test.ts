import { describe, expect, it } from 'vitest';
import { createLogger, TroubleLog } from '../../log/index.js';

function capture(options: { debug?: boolean; now?: () => string } = {}) {
  const lines: string[] = [];
  return { lines, log: createLogger({ write: (line) => lines.push(line), ...options }) };
}

describe('createLogger', () => {
  it('writes one line of keys and values, quoted if necessary', () => {
    const { lines, log } = capture();
    log.info('two words', { path: '/a/b', empty: '', count: 3, none: undefined, text: 'say "hi"' });
    expect(lines).toEqual(['level=info msg="two words" path=/a/b empty="" count=3 text="say \\"hi\\""\n']);
  });

  it('escapes values, so that none can forge a line or a field', () => {
    const { lines, log } = capture();
    log.warn('x', { value: 'a\nlevel=error msg=forged' });
    expect(lines).toEqual(['level=warn msg=x value="a\\nlevel=error msg=forged"\n']);
    log.warn('x', { value: 'a\u001b[2J\u009b2J\u202e\u{e0001}' });
    expect(lines[1]).toBe('level=warn msg=x value="a\\u001b[2J\\u009b2J\\u202e\\udb40\\udc01"\n');
  });

  it('writes the time if it is given a clock', () => {
    const { lines, log } = capture({ now: () => '2026-11-20T23:28:03.069Z' });
    log.error('x');
    expect(lines).toEqual(['ts=2026-11-20T23:28:03.069Z level=error msg=x\n']);
  });

  it('writes debug lines only on request', () => {
    const quiet = capture();
    const loud = capture({ debug: true });
    for (const { log } of [quiet, loud]) log.debug('x');
    expect([quiet.lines.length, loud.lines.length]).toEqual([0, 1]);
  });
});

describe('TroubleLog', () => {
  function setUp() {
    const { lines, log } = capture();
    const clock = { ms: 0 };
    const trouble = new TroubleLog(log, { nowMs: () => clock.ms, remindMs: 60_000, quietMs: 10_000 });
    return { lines, clock, trouble };
  }

  it('logs start and end of the trouble, once each', () => {
    const { lines, clock, trouble } = setUp();
    for (clock.ms = 0; clock.ms < 5000; clock.ms += 10) trouble.failed('bad');
    clock.ms = 30_000;
    trouble.succeeded('good');
    trouble.succeeded('good');
    expect(lines).toEqual(['level=error msg=bad failures=1\n', 'level=info msg=good failures=500 duration_ms=4990\n']);
  });

  it('does not end at the first success between failures', () => {
    const { lines, clock, trouble } = setUp();
    for (clock.ms = 0; clock.ms < 50_000; clock.ms += 100) {
      trouble.failed('bad');
      trouble.succeeded('good');
    }
    expect(lines).toHaveLength(1);
  });

  it('repeats the message once a minute', () => {
    const { lines, clock, trouble } = setUp();
    for (clock.ms = 0; clock.ms <= 180_000; clock.ms += 1000) trouble.failed('bad');
    expect(lines.map((line) => /failures=(\d+)/.exec(line)?.[1])).toEqual(['1', '61', '121', '181']);
  });

  it('logs no success without a previous failure', () => {
    const { lines, trouble } = setUp();
    trouble.succeeded('good');
    expect(lines).toEqual([]);
  });
});
