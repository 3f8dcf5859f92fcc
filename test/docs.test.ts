import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentName } from '../cmd/flags/go-args.js';
import { CHECKS } from '../cmd/tcp-info/doctor/checks/index.js';
import { FLAGS, type FlagDefinition } from '../cmd/tcp-info/flags.js';
import { DERIVED_COLUMNS, EVENT_FIELDS, SNAPSHOT_COLUMNS, THINNING_COLUMNS } from '../export/index.js';
import { testMetrics } from './support/metric.js';

const ROOT = join(import.meta.dirname, '..');

/** Compares what stands between two marks of a document; writes it when UPDATE_GOLDEN=1. */
function expectSection(document: string, mark: string, content: string): void {
  const path = join(ROOT, document);
  const text = readFileSync(path, 'utf8');
  const [open, close] = [`<!-- ${mark} -->\n`, `<!-- /${mark} -->`];
  const start = text.indexOf(open) + open.length;
  const end = text.indexOf(close);
  expect(start, `${document} has the mark ${mark}`).toBeGreaterThan(open.length - 1);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(path, text.slice(0, start) + content + text.slice(end));
  } else {
    expect(text.slice(start, end), `${document} is out of date: UPDATE_GOLDEN=1 npx vitest run test/docs.test.ts`).toBe(
      content,
    );
  }
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

describe('documents', () => {
  it('have the flags as they are', () => {
    const rows = (FLAGS as readonly FlagDefinition[]).map(({ name, placeholder, fallback, help }) => {
      const value = placeholder === undefined ? '' : ` ${cell(placeholder)}`;
      return `| \`-${name}${value}\` | ${fallback === '' ? '' : `\`${fallback}\``} | \`${environmentName(name)}\` | ${cell(help)} |`;
    });
    expectSection(
      'README.md',
      'flags',
      ['| flag | default | environment | meaning |', '|---|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('have the metrics as they are', async () => {
    const { registry } = testMetrics();
    const families = await registry.getMetricsAsJSON();
    const rows = families
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, type, help, values }) => {
        // prom-client keeps them on the metric, but its types do not say so.
        const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
        const labels = labelNames
          .filter((label) => label !== 'le')
          .map((label) => {
            const known = new Set(values.flatMap(({ labels }) => (labels as Record<string, unknown>)[label] ?? []));
            // What is told apart by where it runs is not worth a list.
            const list = name === 'tcpinfo_build_info' || name === 'git_short_commit' ? [] : [...known].map(String);
            return `\`${label}\`${list.length === 0 ? '' : `: ${list.join(', ')}`}`;
          });
        return `| \`${name}\` | ${String(type)} | ${labels.join('; ')} | ${cell(help)} |`;
      });
    expectSection(
      'docs/metrics.md',
      'metrics',
      ['| name | type | labels | meaning |', '|---|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('have the columns as they are', () => {
    const rows = [...SNAPSHOT_COLUMNS, ...THINNING_COLUMNS, ...DERIVED_COLUMNS].map(
      ({ name, group, type, unit = '', since = '', description }) =>
        `| \`${name}\` | ${group} | ${type} | ${unit} | ${since} | ${cell(description)} |`,
    );
    expectSection(
      'docs/columns.md',
      'columns',
      ['| column | group | type | unit | since | meaning |', '|---|---|---|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('have the fields whose change is an event as they are', () => {
    expectSection('docs/columns.md', 'events', `${EVENT_FIELDS.map((name) => `\`${name}\``).join(', ')}\n`);
  });

  it('have the checks of the doctor as they are', () => {
    const rows = CHECKS.map(
      ({ name, tells, warns = '', fails = '', remedy = '' }) =>
        `| \`${name}\` | ${cell(tells)} | ${cell(warns)} | ${cell(fails)} | ${cell(remedy)} |`,
    );
    expectSection(
      'docs/doctor.md',
      'checks',
      ['| check | tells | warns when | fails when | what helps |', '|---|---|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('name the two commands in one line each', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    for (const mark of ['run-command', 'test-command']) {
      expect(readme).toMatch(new RegExp(`<!-- ${mark} -->\\n\`\`\`sh\\n[^\\n]+\\n\`\`\`\\n<!-- /${mark} -->`));
    }
  });
});
