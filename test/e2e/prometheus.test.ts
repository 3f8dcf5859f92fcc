import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { haveLab, it, type Lab } from '../support/lab.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

/** Runs Debian's Prometheus in the far namespace, scraping the daemon every second. */
function prometheus(lab: Lab): Running {
  const config = join(lab.folder, 'prometheus.yml');
  writeFileSync(
    config,
    [
      'global: { scrape_interval: 1s }',
      'scrape_configs:',
      `  - { job_name: tcp-info, static_configs: [{ targets: ["${lab.near.ipv4}:7070"] }] }`,
    ].join('\n'),
  );
  return Running.inside(
    lab.far,
    'prometheus',
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(lab.folder, 'prometheus')}`,
    `--web.listen-address=${lab.far.ipv4}:9090`,
  );
}

interface QueryAnswer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/** Returns the values of a Prometheus query, or none while Prometheus is not reachable. */
async function query(lab: Lab, expression: string): Promise<number[]> {
  const url = `http://${lab.far.ipv4}:9090/api/v1/query?query=${encodeURIComponent(expression)}`;
  const answer = await lab.farPeer.get(url).catch(() => undefined);
  if (answer?.status !== 200) return [];
  return (JSON.parse(answer.body) as QueryAnswer).data.result.map(({ value }) => Number(value[1]));
}

const HAVE_ALL =
  haveLab('the daemon and Prometheus') && havePrograms('the daemon and Prometheus', 'prometheus', 'promtool');

describe.skipIf(!HAVE_ALL)('the daemon and Prometheus', () => {
  it('can be scraped and queried', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near } = await lab.connectIn(port);
    await lab.nearPeer.stream([near], 1000, 10);
    await using _prometheus = prometheus(lab);
    const has = async (expression: string, condition: (value: number) => boolean): Promise<void> => {
      await until(expression, async () => (await query(lab, expression)).some(condition));
    };
    await has('up{job="tcp-info"}', (value) => value === 1);
    await has('tcpinfo_snapshot_total', (value) => value > 0);
    await has('rate(tcpinfo_snapshot_total[5s])', (value) => value > 1);
    await has('tcpinfo_polling_interval_histogram_bucket{le="+Inf"}', (value) => value > 0);
    await has('tcpinfo_build_info', (value) => value === 1);
    // Queries of the reference's dashboards.
    const interval = 'histogram_quantile(0.5, rate(tcpinfo_polling_interval_histogram_bucket[5s]))';
    await has(interval, (seconds) => seconds > 0.005 && seconds < 0.03);
    expect(await query(lab, 'count(tcpinfo_polling_interval_histogram_bucket)')).toEqual([31]);
    expect(await daemon.metric('promhttp_metric_handler_requests_total{code="200"}')).toBeGreaterThan(0);
  });

  it('serve a page where promtool objects only to names kept from the reference', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const page = await daemon.scrape();
    const said = promtool(page);
    const reference = [
      'tcpinfo_syscall_time_histogram',
      'tcpinfo_polling_interval_histogram',
      'tcpinfo_connection_count_histogram',
      'tcpinfo_cache_count_histogram',
      'tcpinfo_send_rate_histogram',
      'tcpinfo_receive_rate_histogram',
      'git_short_commit',
    ];
    expect(said.filter((line) => !reference.some((name) => line.startsWith(`${name} `)))).toEqual([]);
  });
});

/** Returns the messages of `promtool check metrics`, one per line. */
function promtool(page: string): string[] {
  try {
    execFileSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8', stdio: 'pipe' });
    return [];
  } catch (error) {
    if (error instanceof Error && 'stderr' in error) return String(error.stderr).trimEnd().split('\n');
    throw error;
  }
}
