import { describe, expect, it } from 'vitest';
import { readConntrackCounts, sumCpuCounters } from '../../../conntrack/kernel/index.js';

const HEADER =
  'entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  ' +
  'expect_new expect_create expect_delete search_restart';
const files = (counters: string): Record<string, string> => ({
  '/proc/sys/net/netfilter/nf_conntrack_count': '5\n',
  '/proc/sys/net/netfilter/nf_conntrack_max': '262144\n',
  '/proc/net/stat/nf_conntrack': counters,
});

describe('readConntrackCounts', () => {
  it('reads the table and the hexadecimal counters of each CPU by the header', () => {
    const lines = [
      '00000005  01 02 03 04 05 06 07 08 09 0a 0b 0c  0d 0e 0f 10',
      '00000005  ffffffff 2 3 4 5 6 7 8 9 a b c d e f 10',
    ];
    const texts = files(`${[HEADER, ...lines].join('\n')}\n`);
    const first = {
      clashResolve: 1,
      found: 2,
      invalid: 4,
      chainTooLong: 7,
      insert: 8,
      insertFailed: 9,
      drop: 10,
      earlyDrop: 11,
      error: 12,
      searchRestart: 16,
    };
    const counts = readConntrackCounts((path) => texts[path]);
    expect(counts).toEqual({
      entries: 5,
      maxEntries: 262_144,
      cpus: [
        { cpu: 0, ...first },
        { cpu: 1, ...first, clashResolve: 0xffff_ffff },
      ],
    });
    // 32 bits wrap.
    expect(sumCpuCounters(counts?.cpus ?? [])).toMatchObject({ found: 4, clashResolve: 0, searchRestart: 32 });
  });

  it('leaves out what is not there', () => {
    expect(readConntrackCounts(() => undefined)).toBeUndefined();
    expect(readConntrackCounts((path) => (path.endsWith('count') ? '7' : undefined))).toEqual({ entries: 7, cpus: [] });
    const old = files('entries  searched found\n00000001  00000002 zz\n');
    expect(readConntrackCounts((path) => old[path])?.cpus).toEqual([{ cpu: 0 }]);
    expect(sumCpuCounters([])).toEqual({});
  });
});
