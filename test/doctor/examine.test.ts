import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLines, reportStyle, sumLine } from '../../cmd/tcp-info/doctor/report.js';
import { type Check, defineCheck, type Verdict } from '../../doctor/check.js';
import { CHECKS } from '../../doctor/checks/index.js';
import { createContext } from '../../doctor/context.js';
import { examine } from '../../doctor/examine.js';

const LIVE = { place: { text: 'unix:/x', socketPath: '/x', basePath: '' }, isGiven: false };
const CONTEXT = createContext(
  { output: '/', intervalNs: 1e7, uuidPrefixAuto: false, live: LIVE, writeInside: false },
  {},
);
const OK: Verdict = { level: 'ok', found: 'well' };
const WARN: Verdict = { level: 'warn', found: 'so so', advice: 'do this' };
const FAIL: Verdict = { level: 'fail', found: 'bad', advice: 'do that' };

function check(name: string, verdict: Verdict, needs: string[] = [], wanted = true): Check {
  return defineCheck({ name, tells: '', needs, wanted: () => wanted, gather: () => ({ n: 1 }), judge: () => verdict });
}

describe('an examination', () => {
  it('returns every check with its facts, and the worst level', async () => {
    const { checks, level, skipped } = await examine([check('a', OK), check('b', WARN)], CONTEXT);
    expect(checks).toEqual([
      { name: 'a', level: 'ok', found: 'well', facts: { n: 1 } },
      { name: 'b', level: 'warn', found: 'so so', advice: 'do this', facts: { n: 1 } },
    ]);
    expect({ level, skipped }).toEqual({ level: 'warn', skipped: [] });
  });

  it('skips checks that depend on a failed one, directly or indirectly, but not on a warning', async () => {
    const all = [
      check('a', FAIL),
      check('b', OK, ['a']),
      check('c', OK, ['b']),
      check('d', WARN),
      check('e', OK, ['d']),
    ];
    const { checks, level, skipped } = await examine(all, CONTEXT);
    expect(checks.map(({ name }) => name)).toEqual(['a', 'd', 'e']);
    expect({ level, skipped }).toEqual({ level: 'fail', skipped: ['b', 'c'] });
  });

  it('runs only the requested checks', async () => {
    const { checks, skipped } = await examine([check('a', OK, [], false), check('b', OK)], CONTEXT);
    expect({ names: checks.map(({ name }) => name), skipped }).toEqual({ names: ['b'], skipped: [] });
  });

  it('continues when a check throws, and reports that', async () => {
    const broken: Check = { ...check('a', OK), run: () => Promise.reject(new Error('boom')) };
    const { checks, level } = await examine([broken, check('b', OK)], CONTEXT);
    expect(checks[0]).toMatchObject({ level: 'warn', found: 'could not be checked: boom', facts: { error: 'boom' } });
    expect({ count: checks.length, level }).toEqual({ count: 2, level: 'warn' });
  });
});

describe('the list of checks', () => {
  it('has each name once, with required checks first', () => {
    const before = new Set<string>();
    for (const { name, needs } of CHECKS) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(before.has(name), `${name} is there once`).toBe(false);
      for (const need of needs) expect(before.has(need), `${name} needs ${need}`).toBe(true);
      before.add(name);
    }
  });

  it('asks for the Node that the package asks for', async () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      readonly engines: { readonly node: string };
    };
    const program = CHECKS.find(({ name }) => name === 'program');
    expect((await program?.run(CONTEXT))?.facts).toMatchObject({
      minimumNode: manifest.engines.node.replace('>=', ''),
    });
  });
});

describe('the report', () => {
  const plain = { unicode: false, colours: false };
  const result = { name: 'disk', level: 'warn', found: 'slow and old', advice: 'buy another one', facts: {} } as const;

  it('has a line for each check, and one for its advice', () => {
    expect(checkLines(result, 6, plain)).toBe('warn  disk    slow and old\n              -> buy another one\n');
    expect(checkLines({ name: 'a', level: 'ok', found: 'well', facts: {} }, 6, plain)).toBe('ok    a       well\n');
  });

  it('wraps lines on a terminal only', () => {
    const words = Array.from({ length: 12 }, (_, at) => `word${at}`).join(' ');
    const long = { ...result, found: words, advice: words };
    expect(checkLines(long, 6, plain).split('\n')).toHaveLength(3);
    const lines = checkLines(long, 6, { ...plain, width: 50 })
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(50);
    expect(lines.map((line) => line.trim()).join(' ')).toBe(`warn  disk    ${words} -> ${words}`);
    expect(reportStyle({ width: 80, unicode: true }, true)).toMatchObject({ width: 80 });
    expect(reportStyle({ width: 80, unicode: false }, false)).not.toHaveProperty('width');
  });

  it('colours the level only, and escapes control characters', () => {
    const lines = checkLines({ ...result, found: 'a\u001b[31mb\nc' }, 6, { unicode: true, colours: true });
    expect(lines.startsWith('\u001b[33mwarn\u001b[39m  disk')).toBe(true);
    expect(lines.split('\u001b')).toHaveLength(3);
    expect(lines).toContain('→ buy');
  });

  it('ends with the totals', () => {
    const checks = (['ok', 'ok', 'warn', 'fail'] as const).map((level) => ({
      name: level,
      level,
      found: '',
      facts: {},
    }));
    expect(sumLine({ checks, skipped: [], level: 'fail' })).toBe('4 checks: 2 ok, 1 warning, 1 failed\n');
    const skipped = ['scan', 'cpu'];
    expect(sumLine({ checks, skipped, level: 'fail' })).toMatch(/, 1 failed, skipped after failures: scan, cpu\n$/);
  });
});
