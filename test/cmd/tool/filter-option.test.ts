import { describe, expect, it } from 'vitest';
import { compileFilter, FilterError } from '../../../cmd/tool/filter-option.js';
import { connectionRow } from '../summary/rows.js';

function messageOf(text: string): string[] {
  try {
    compileFilter(text);
  } catch (error) {
    if (error instanceof FilterError) return error.message.split('\n');
    throw error;
  }
  throw new Error(`${text} is accepted`);
}

describe('--filter', () => {
  it('is absent without an expression, and true for every row with an empty one', () => {
    expect(compileFilter(undefined)).toBeUndefined();
    expect(compileFilter('')?.(connectionRow({}))).toBe(true);
  });

  it('chooses what is true, not what is unknown', () => {
    const filter = compileFilter('rtt < 50ms or retrans > 1%');
    expect(filter?.(connectionRow({ medianRttUs: 42_000 }))).toBe(true);
    expect(filter?.(connectionRow({ medianRttUs: 60_000 }))).toBe(false);
    expect(filter?.(connectionRow({ medianRttUs: null }))).toBe(false);
  });

  it('has a mark under the error', () => {
    expect(messageOf('dport 443 rto > 5ms')).toEqual([
      "--filter: at 10: 'rto' is no field; rtt?",
      '  dport 443 rto > 5ms',
      `  ${' '.repeat(10)}^`,
    ]);
  });

  it('lists what was expected if the message does not', () => {
    expect(messageOf('rtt >')).toEqual([
      '--filter: at 5: expected a value, found the end',
      '  rtt >',
      '       ^',
      '  expected: a field, a value',
    ]);
  });

  it('shows only the part of a long expression around the error', () => {
    const [, shown = '', mark = ''] = messageOf(`${'dport 443 '.repeat(40)}rto > 5ms${' dport 443'.repeat(40)}`);
    expect(shown.length).toBeLessThan(140);
    expect(shown.slice(mark.indexOf('^'))).toMatch(/^rto > 5ms dport .*…$/);
    expect(shown).toMatch(/^ {2}…/);
  });

  it('escapes control characters, and keeps the mark in its place', () => {
    const [message, shown = '', mark = ''] = messageOf('"\u001b[2J" rto > 5ms');
    expect(message).not.toContain('\u001b');
    expect(shown).not.toContain('\u001b');
    expect(shown.slice(mark.indexOf('^'))).toBe('rto > 5ms');
  });
});
