import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentName, normalizeGoArgs, parseGoBoolean } from '../../cmd/flags/go-args.js';

const FLAGS = [
  { name: 'output', boolean: false },
  { name: 'tcpinfo.eventsocket', boolean: false },
  { name: 'logx.debug', boolean: true },
];
const read = (...args: string[]) => normalizeGoArgs(args, FLAGS).map(({ name, value }) => `${name}=${value}`);

describe('normalizeGoArgs', () => {
  it('accepts one dash or two, = or a space', () => {
    expect(read('-output', 'a', '--output', 'b', '-output=c', '--output=d')).toEqual([
      'output=a',
      'output=b',
      'output=c',
      'output=d',
    ]);
  });

  it('accepts any value, even one that looks like a flag or contains =', () => {
    expect(read('-output', '-x', '-output=a=b', '-output=', '-output', '')).toEqual([
      'output=-x',
      'output=a=b',
      'output=',
      'output=',
    ]);
  });

  it('accepts a boolean alone or with =, never from the next argument', () => {
    expect(read('-logx.debug', '-output', 'x', '--logx.debug=false')).toEqual([
      'logx.debug=true',
      'output=x',
      'logx.debug=false',
    ]);
    expect(() => read('-logx.debug', 'true')).toThrow(
      /^true: is not a flag; .* \(a boolean is given as -logx.debug=true\)/,
    );
  });

  it.each([
    [['-nosuch'], /^-nosuch: no such flag/],
    [['-x'], /^-x: no such flag \(see --help\)$/],
    [['-ouptut', 'x'], /did you mean -output\?/],
    [['-output'], /^-output: needs a value/],
    [['stray', '-output=x'], /^stray: is not a flag/],
    [['-output=x', 'stray'], /^stray: is not a flag/],
    [['--', '-output=x'], /^--: is not a flag/],
    [['-'], /^-: is not a flag/],
    [['---output=x'], /^---output=x: is not a flag/],
    [['-=x'], /is not a flag/],
    [[''], /^'': is not a flag/],
  ])('rejects %j', (args, message) => {
    expect(() => read(...args)).toThrow(expect.objectContaining({ name: 'ConfigError' }));
    expect(() => read(...args)).toThrow(message);
  });

  it('accepts a final --', () => {
    expect(read('-output=x', '--')).toEqual(['output=x']);
  });

  it('returns flags or throws a ConfigError for any arguments', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('-output', '--logx.debug=', '-'))), (args) => {
        try {
          read(...args);
        } catch (error) {
          expect(error).toHaveProperty('name', 'ConfigError');
        }
      }),
    );
  });
});

describe('environmentName', () => {
  it.each([
    ['prometheusx.listen-address', 'PROMETHEUSX_LISTEN_ADDRESS'],
    ['anonymize.ip', 'ANONYMIZE_IP'],
    ['reps', 'REPS'],
    ['9lives', '_9LIVES'],
  ])('of %s is %s', (flag, variable) => {
    expect(environmentName(flag)).toBe(variable);
  });
});

describe('parseGoBoolean', () => {
  it("accepts Go's boolean values", () => {
    expect(['1', 't', 'T', 'true', 'TRUE', 'True'].map(parseGoBoolean)).toEqual(Array(6).fill(true));
    expect(['0', 'f', 'F', 'false', 'FALSE', 'False'].map(parseGoBoolean)).toEqual(Array(6).fill(false));
    expect(['', 'yes', 'on', 'tRUE'].map(parseGoBoolean)).toEqual(Array(4).fill(undefined));
  });
});
