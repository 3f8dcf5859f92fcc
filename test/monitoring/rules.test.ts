import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { havePrograms } from '../support/programs.js';
import { alerts, knownSeries, PROMETHEUS, recordings, ruleTests, seriesIn, yamlFiles } from './rules.js';

const ROOT = resolve(import.meta.dirname, '../..');
const FIRING = 'ALERTS{alertstate="firing"}';

/** Runs promtool, and returns its output and exit status. */
function promtool(...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** Returns the names of alerts in expected samples. */
function alertNames(samples: readonly { readonly labels: string }[]): string[] {
  return samples.map(({ labels }) => /alertname="([^"]*)"/.exec(labels)?.[1] ?? labels);
}

describe.skipIf(!havePrograms('Prometheus rules', 'promtool'))('promtool', () => {
  it('accepts the rules and the configuration', () => {
    const checked = [
      promtool('check', 'rules', '--lint=all', '--lint-fatal', ...yamlFiles('rules')),
      promtool('check', 'config', '--lint=all', '--lint-fatal', join(PROMETHEUS, 'prometheus.yml')),
    ];
    for (const { status, output } of checked) {
      expect(output).not.toMatch(/WARNING|FAILED|error/i);
      expect(status, output).toBe(0);
    }
  });

  it.for(yamlFiles('tests'))('passes the tests in %s', (path) => {
    const { status, output } = promtool('test', 'rules', path);
    expect(status, output).toBe(0);
  });

  it('fills in the texts of every firing alert', () => {
    // The expectation is left empty, so that promtool prints the actual alerts with their texts.
    const folder = mkdtempSync(join(tmpdir(), 'tcp-info-rules-'));
    try {
      const texts = ruleTests().map(({ path: _, ...file }, index) => {
        const path = join(folder, `${index}.yml`);
        const tests = withoutExpectation(file.tests);
        writeFileSync(path, stringify({ ...file, rule_files: yamlFiles('rules'), tests }));
        return promtool('test', 'rules', path).output;
      });
      const output = texts.join('\n');
      for (const { alert } of alerts()) expect(output).toContain(`alertname: ${alert}, `);
      expect(output).not.toMatch(/error expanding template|<no value>|%!/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Returns the tests changed to check firing alerts with their texts, and to expect none. */
function withoutExpectation(tests: ReturnType<typeof ruleTests>[number]['tests']): object[] {
  return tests.map(({ promql_expr_test: queries, ...test }) => ({
    ...test,
    alert_rule_test: queries.flatMap(({ eval_time, exp_samples }) =>
      alertNames(exp_samples).map((alertname) => ({ eval_time, alertname, exp_alerts: [] })),
    ),
  }));
}

describe('Prometheus rules', () => {
  it('use only series of the collector, of Prometheus or of another rule', async () => {
    const known = await knownSeries();
    for (const { record } of recordings()) known.add(record);
    for (const rule of [...alerts(), ...recordings()]) {
      const named = seriesIn(rule.expr);
      expect(named.length, rule.expr).toBeGreaterThan(0);
      expect(named.filter((name) => !known.has(name))).toEqual([]);
    }
  });

  it('have names of the form level:metric:operations that begin with one of our metrics', () => {
    const names = recordings().map(({ record }) => record);
    expect(names.filter((name) => !/^(instance|job)[a-z_]*:tcpinfo_[a-z_]+:[a-z0-9_]+$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('every alert', () => {
  it('has a test in which it does not fire yet, fires as expected, and no longer fires', () => {
    const groups = new Map(ruleTests().flatMap(({ tests }) => tests.map((test) => [test.name, test] as const)));
    for (const { alert } of alerts()) {
      const queries = groups.get(alert)?.promql_expr_test ?? [];
      // The query matches every alert, so that no other one fires unnoticed.
      expect(
        queries.map(({ expr }) => expr),
        alert,
      ).toEqual([FIRING, FIRING, FIRING]);
      const [before, during, after] = queries.map(({ exp_samples }) => alertNames(exp_samples));
      expect([before, after], alert).toEqual([[], []]);
      expect(during?.[0], alert).toBe(alert);
    }
  });

  it('has a severity, a summary, and advice', () => {
    const troubles = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
    for (const { alert, labels, annotations } of alerts()) {
      expect(['critical', 'warning', 'info'], alert).toContain(labels['severity']);
      expect(annotations['summary']?.length, alert).toBeGreaterThan(20);
      expect(annotations['description']?.length, alert).toBeGreaterThan(80);
      const [path = '', anchor] = (annotations['runbook'] ?? '').split('#');
      expect(existsSync(join(ROOT, path)), `${alert}: ${path}`).toBe(true);
      expect(anchor).toBe(alert.toLowerCase());
      expect(troubles, alert).toContain(`\n### ${alert}\n`);
    }
  });
});

describe('the table of alerts in the documentation', () => {
  it('matches the rules', () => {
    const path = join(ROOT, 'docs/monitoring.md');
    const text = readFileSync(path, 'utf8');
    const rows = alerts().map(({ alert, expr, for: lasting = 'at once', labels }) => {
      const condition = expr.trim().replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
      const link = `[${alert}](troubleshooting.md#${alert.toLowerCase()})`;
      return `| ${link} | ${labels['severity']} | ${lasting} | \`${condition}\` |`;
    });
    const table = ['| alert | severity | for | condition |', '|---|---|---|---|', ...rows, ''].join('\n');
    const [open, close] = ['<!-- alerts -->\n', '<!-- /alerts -->'];
    const [start, end] = [text.indexOf(open) + open.length, text.indexOf(close)];
    expect(start).toBeGreaterThan(open.length - 1);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text.slice(0, start) + table + text.slice(end));
    else expect(text.slice(start, end), 'UPDATE_GOLDEN=1 npx vitest run test/monitoring/rules.test.ts').toBe(table);
  });
});
