import { describe, expect, it } from 'vitest';
import { tcpInfo } from '../../support/tcp-info.js';

const USAGE = 2;

describe('tcp-info close', () => {
  it.each([
    [[], /missing UUID, cookie:N, EXPRESSION or --service \(see --help\)/],
    [['--idle=15m'], /missing UUID/],
    [['--idle=15', 'sport 1'], /expected a duration, such as 30s, 15m or 1d/],
    [['--idle=0s', 'sport 1'], /expected a duration/],
    [['--max=0', 'sport 1'], /expected a whole number from 1 to 1000000/],
    [['--max=-1', 'sport 1'], /expected a whole number/],
    [['--max=many', 'sport 1'], /expected a whole number/],
    [['--format=jsonl', 'sport 1'], /Allowed choices are text, json/],
    [['--netns=', 'sport 1'], /expected a namespace/],
    [['--force', 'sport 1'], /--max=N says how many connections may be ended/],
    [['--filter=x'], /the condition is an argument of its own/],
    [['-is:queued'], /write -- before a condition that begins with a dash/],
    [['--dry-rn', 'sport 1'], /did you mean --dry-run/],
    [['cookie:x'], /cookie:x: expected 16 hexadecimal digits/],
  ] as const)('rejects %j in one line', async (args, message) => {
    const { code, stdout, stderr } = await tcpInfo('close', ...args);
    expect({ code, stdout }).toEqual({ code: USAGE, stdout: '' });
    expect(stderr).toMatch(/^tcp-info close: [^\n]*\n$/);
    expect(stderr).toMatch(message);
  });

  it('shows where a condition is wrong', async () => {
    const { code, stderr } = await tcpInfo('close', 'sport 22', '10.0.0.9');
    expect(code).toBe(USAGE);
    expect(stderr).toMatch(
      /^tcp-info close: EXPRESSION: at 9: expected a comparison, found '10.0.0.9' alone\n {2}sport 22 10\.0\.0\.9\n {11}\^\n/,
    );
  });

  it('has a help of lines of at most 100 characters', async () => {
    const { code, stdout } = await tcpInfo('close', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: tcp-info close [OPTIONS] UUID | cookie:N | EXPRESSION');
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(stdout).toContain('4 more connections match than --max');
  });
});
