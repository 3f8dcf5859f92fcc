import { describe, expect, it } from 'vitest';
import { conntrackTableReader } from '../../host/conntrack-table.js';

const HEAD =
  'entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart';
const OLD_HEAD = HEAD.replace('clashres', 'searched').replace('chainlength', 'delete_list');

/** Returns the line of one CPU, with values in the order of the columns. */
function cpu(...values: readonly number[]): string {
  return values.map((value) => value.toString(16).padStart(8, '0')).join(' ');
}

function files({ head = HEAD, lines, max = '262144\n' }: { head?: string; lines: readonly string[]; max?: string }) {
  return (path: string): string | undefined => {
    if (path === '/proc/sys/net/netfilter/nf_conntrack_count') return '12\n';
    if (path === '/proc/sys/net/netfilter/nf_conntrack_max') return max;
    return path === '/proc/net/stat/nf_conntrack' ? `${[head, ...lines].join('\n')}\n` : undefined;
  };
}

const FIRST = cpu(12, 1, 2, 0, 3, 0, 0, 4, 0, 5, 6, 7, 8, 0, 0, 0, 9);
const SECOND = cpu(12, 0, 0x10, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0x30);

describe('conntrackTableReader', () => {
  it('sums the counters of all CPUs, and never the number of flows', () => {
    expect(conntrackTableReader(files({ lines: [FIRST, SECOND] }))()).toEqual({
      entries: 12,
      limit: 262_144,
      counters: {
        clashesResolved: 1,
        found: 2 + 0x10,
        invalid: 3,
        chainTooLong: 4,
        insertFailed: 5 + 0x20,
        dropped: 6,
        earlyDropped: 7,
        errors: 8,
        searchRestarts: 9 + 0x30,
      },
    });
  });

  it('omits counters that an older kernel does not have', () => {
    const counters = conntrackTableReader(files({ head: OLD_HEAD, lines: [FIRST] }))()?.counters;
    expect(counters).toMatchObject({ found: 2, dropped: 6 });
    expect(counters).not.toHaveProperty('clashesResolved');
    expect(counters).not.toHaveProperty('chainTooLong');
  });

  it('goes on when a counter of 32 bits wraps, and starts anew when the module is loaded again', () => {
    let found = 0xffff_fff0;
    const read = conntrackTableReader((path) => files({ lines: [cpu(1, 0, found)] })(path));
    expect(read()?.counters.found).toBe(0xffff_fff0);
    found = 0x10;
    expect(read()?.counters.found).toBe(0xffff_fff0 + 0x20);
    found = 1000;
    expect(read()?.counters.found).toBe(0xffff_fff0 + 0x20 + 1000 - 0x10);
    found = 3;
    expect(read()?.counters.found).toBe(0xffff_fff0 + 0x20 + 1000 - 0x10 + 3);
  });

  it('knows nothing where connection tracking is missing, and no more than is readable', () => {
    expect(conntrackTableReader(() => undefined)()).toBeUndefined();
    expect(conntrackTableReader(files({ lines: ['nonsense'], max: '-' }))()).toEqual({ entries: 12, counters: {} });
  });
});
