import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testMetrics } from '../support/metric.js';
import { havePrograms } from '../support/programs.js';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/network-metrics.md'), 'utf8');

/** Returns every query of the page. */
function queries(): string[] {
  const blocks = [...PAGE.matchAll(/```promql\n(.*?)```/gs)].map(([, text = '']) => text);
  const withoutComments = blocks.map((text) => text.replace(/^#.*\n/gm, ''));
  return withoutComments.flatMap((text) => text.split('\n\n')).map((text) => text.trim());
}

describe('docs/network-metrics.md', () => {
  it('names exactly the existing metrics', async () => {
    const families = (await testMetrics().registry.getMetricsAsJSON()).map(({ name }) => name);
    const mentioned = [...PAGE.matchAll(/tcpinfo_[a-z_]+[a-z]/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );
    for (const name of mentioned) expect(families).toContain(name);
    const ours = families.filter((name) => /^tcpinfo_(network|listener|ephemeral|conntrack)/.test(name));
    expect(ours.length).toBeGreaterThan(15);
    // …_closed_total is written after its twin.
    const missing = ours.filter((name) => !mentioned.includes(name));
    expect(missing).toEqual(['tcpinfo_network_connections_closed_total']);
  });

  it.skipIf(!havePrograms('queries and promtool', 'promtool'))('has queries that Prometheus accepts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tcp-info-queries-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'rules.json');
    const rules = queries().map((expr, i) => ({ record: `query:${i}`, expr }));
    expect(rules.length).toBeGreaterThan(8);
    // YAML is a superset of JSON.
    writeFileSync(path, JSON.stringify({ groups: [{ name: 'queries', rules }] }));
    const { stdout, stderr, status } = spawnSync('promtool', ['check', 'rules', path], { encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toContain(`SUCCESS: ${rules.length} rules found`);
    expect(status).toBe(0);
  });
});
