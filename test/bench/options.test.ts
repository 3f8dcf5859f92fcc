import { describe, expect, it } from 'vitest';
import { HELP, parseOptions, UsageError } from '../../bench/options.mjs';
import { ALL_SCENARIOS, QUICK_SCENARIOS } from '../../bench/scenario.mjs';

const names = (...args: string[]): string[] => parseOptions(args).scenarios.map(({ name }) => name);

describe('the command line of the benchmark', () => {
  it('defaults to every scenario in seven rounds of 20 seconds', () => {
    const options = parseOptions([]);
    expect(options).toMatchObject({
      pairs: 7,
      seconds: 20,
      warmUpSeconds: 5,
      twoWalks: true,
      ss: true,
      json: 'bench.json',
      peers: [],
    });
    expect(names()).toEqual(ALL_SCENARIOS);
  });

  it('prefers explicit options over --quick', () => {
    expect(parseOptions(['--quick', '--pairs=9'])).toMatchObject({ pairs: 9, seconds: 5, warmUpSeconds: 3 });
    expect(names('--quick')).toEqual(QUICK_SCENARIOS);
    expect(names('--quick', '--scenario=7/0')).toEqual(['7/0']);
  });

  it('takes scenarios in lists and repeatedly, each once', () => {
    expect(names('--scenario=100/10,micro', '--scenario=5/s,micro')).toEqual(['100/10', 'micro', '5/s']);
  });

  it('names peers by their programs', () => {
    const { peers } = parseOptions(['--peer=/opt/tcp-info -prom={metrics}', '--peer', 'tcp-info -x', '--peer=other']);
    expect(peers).toEqual([
      { name: 'peer tcp-info', command: '/opt/tcp-info -prom={metrics}' },
      { name: 'peer tcp-info 2', command: 'tcp-info -x' },
      { name: 'peer other', command: 'other' },
    ]);
  });

  it.each([
    ['--speed=1', "Unknown option '--speed'"],
    ['1000/100', "Unexpected argument '1000/100'"],
    ['--quick=yes', "'--quick'"],
    ['--pairs', "'--pairs <value>'"],
    ['--pairs=0', '--pairs=0: expected a whole number from 1 to 1000'],
    ['--pairs=7x', '--pairs=7x'],
    ['--pairs=', '--pairs is empty'],
    ['--seconds=1e3', '--seconds=1e3'],
    ['--warm-up=3601', 'from 1 to 3600'],
    ['--scenario=10/11', '--scenario=10/11: expected'],
    ['--scenario=100/10,', '--scenario=: expected'],
    ['--peer= ', '--peer is empty'],
    ['--json=', '--json is empty'],
  ])('refuses %s', (arg, message) => {
    expect(() => parseOptions([arg])).toThrow(UsageError);
    expect(() => parseOptions([arg])).toThrow(message);
  });

  it('explains every flag in the help', () => {
    const flags = ['scenario', 'pairs', 'seconds', 'warm-up', 'quick', 'peer', 'peer-beat', 'no-ss', 'json'];
    for (const flag of [...flags, 'markdown', 'from', 'work', 'help']) expect(HELP).toContain(`\n  --${flag}`);
    for (const line of HELP.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});
