import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMetrics, renderMetrics } from '../../metrics/index.js';
import { GOLDEN, haveGolden } from '../support/golden.js';

const PAGE = join(GOLDEN, 'basic/metrics.http');
const present = haveGolden("metrics and the reference's page");

interface Family {
  readonly head: readonly string[];
  readonly samples: readonly string[];
}

function readFamilies(page: string): Map<string, Family> {
  const families = new Map<string, { head: string[]; samples: string[] }>();
  let current: { head: string[]; samples: string[] } | undefined;
  for (const line of page.split('\n').filter((text) => text !== '')) {
    const help = /^# HELP (\S+)/.exec(line)?.[1];
    if (help !== undefined) {
      current = { head: [], samples: [] };
      families.set(help, current);
    }
    current?.[line.startsWith('#') ? 'head' : 'samples'].push(line);
  }
  return families;
}

/** Yields observations that fill a histogram's buckets to these counts, each at the upper bound of its bucket. */
function* observations(samples: readonly string[], child: string): Generator<number> {
  let before = 0;
  for (const line of samples) {
    const [, labels = '', le = '', count = ''] = /_bucket\{(.*?),?le="(.+?)"\} (\d+)$/.exec(line) ?? [];
    if (count === '' || labels !== child) {
      continue;
    }
    for (; before < Number(count); before++) {
      yield le === '+Inf' ? 1e12 : Number(le);
    }
  }
}

describe.skipIf(!present)("the reference's page", () => {
  const golden = readFamilies(
    present ? (readFileSync(PAGE, 'utf8').split('\r\n\r\n')[1] ?? readFileSync(PAGE, 'utf8')) : '',
  );
  const samplesOf = (name: string) => golden.get(name)?.samples ?? [];

  async function replayed(): Promise<Map<string, Family>> {
    const { registry, reference } = createMetrics({ version: '1.9.0', commit: 'd72b41f' });
    for (const af of ['ipv4', 'ipv6'] as const) {
      for (const value of observations(samplesOf('tcpinfo_syscall_time_histogram'), `af="${af}"`)) {
        reference.syscallTime.observe(af, value);
      }
      for (const value of observations(samplesOf('tcpinfo_connection_count_histogram'), `af="${af}"`)) {
        reference.connectionCount.observe(af, value);
      }
    }
    for (const [name, histogram] of [
      ['tcpinfo_polling_interval_histogram', reference.pollingInterval],
      ['tcpinfo_cache_count_histogram', reference.cacheCount],
      ['tcpinfo_send_rate_histogram', reference.sendRate],
      ['tcpinfo_receive_rate_histogram', reference.receiveRate],
    ] as const) {
      for (const value of observations(samplesOf(name), '')) {
        histogram.observe(value);
      }
    }
    reference.newFiles.inc(Number(samplesOf('tcpinfo_new_file_total')[0]?.split(' ')[1]));
    reference.snapshots.inc(Number(samplesOf('tcpinfo_snapshot_total')[0]?.split(' ')[1]));
    reference.flowEvents.inc('open', Number(samplesOf('tcpinfo_flow_events_total')[0]?.split(' ')[1]));
    reference.scrapesInFlight.inc();
    return readFamilies(await renderMetrics(registry));
  }

  it('is ours, byte for byte, except for sums and process measurements', async () => {
    const ours = await replayed();
    const names = [...golden.keys()].filter((name) => !name.startsWith('go_'));
    expect(names).toContain('tcpinfo_polling_interval_histogram');
    for (const name of names) {
      expect(ours.get(name)?.head, name).toEqual(golden.get(name)?.head);
      if (!name.startsWith('process_')) {
        const withoutSum = (lines: readonly string[] = []) => lines.filter((line) => !/^\S+_sum(\{.*\})? /.test(line));
        expect(withoutSum(ours.get(name)?.samples), name).toEqual(withoutSum(golden.get(name)?.samples));
      }
    }
  });

  it('has the same sum where all observations are known', async () => {
    const sum = 'tcpinfo_connection_count_histogram_sum{af="ipv4"} 1758';
    expect(samplesOf('tcpinfo_connection_count_histogram')).toContain(sum);
    expect((await replayed()).get('tcpinfo_connection_count_histogram')?.samples).toContain(sum);
  });

  it('has the same order', async () => {
    const ours = [...(await replayed()).keys()];
    const shared = [...golden.keys()].filter((name) => ours.includes(name));
    expect(ours.filter((name) => golden.has(name))).toEqual(shared);
  });
});
