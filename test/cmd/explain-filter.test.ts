import { describe, expect, it } from 'vitest';
import { normalizeGoArgs } from '../../cmd/flags/go-args.js';
import { resolveConfig } from '../../cmd/tcp-info/config.js';
import { explainFilter } from '../../cmd/tcp-info/explain-filter.js';
import { FLAGS } from '../../cmd/tcp-info/flags.js';

const explain = (...args: string[]): string[] =>
  explainFilter(resolveConfig(normalizeGoArgs(args, FLAGS), {}, '/')).split('\n');

describe('explainFilter', () => {
  it('prints every rule with its origin', () => {
    const lines = explain('-exclude-srcport=9090,9100', '-exclude-dstip=::ffff:192.0.2.1', '-filter=include dport 443');
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ {2}exclude src 127\.0\.0\.0\/8,.* {2}\(always\)$/),
        expect.stringMatching(/^ {2}exclude dst 127\.0\.0\.0\/8,.* {2}\(always\)$/),
        '  exclude sport 9090,9100  (-exclude-srcport)',
        '  exclude dst 192.0.2.1  (-exclude-dstip)',
        '  include dport 443  (-filter)',
      ]),
    );
  });

  it('shows what the kernel filters, and the size of the program', () => {
    const lines = explain('-exclude-srcport=9090,9100');
    expect(lines).toContain('exclude sport          all 2      all 2');
    expect(lines).toContain('exclude src            none of 8  all 8');
    expect(lines).toContain('exclude dst            4 of 8     all 8');
    expect(lines).toContainEqual(
      expect.stringMatching(/^scans: \d+ bytes of bytecode \(limit 65528\), \d+ operations, /),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^destroy events: \d+ instructions of classic BPF \(limit 4096\)/),
    );
    expect(lines).toContain(
      'Rules that match hardly any connection are not worth a test of every socket in every scan.',
    );
  });

  it('shows how much does not fit', () => {
    const ports = Array.from({ length: 6000 }, (_, i) => 2 * i).join();
    const lines = explain(`-exclude-srcport=${ports}`);
    expect(lines).toContainEqual(expect.stringMatching(/^exclude sport +\d+ of 6000 +\d+ of 6000$/));
    expect(lines).toContain('The collector drops the rest after copying it from the kernel.');
  });

  it('shows that kernel filtering is off', () => {
    expect(explain('-filter.kernel=false')).toContain('-filter.kernel=false: the collector drops all of it.');
  });
});
