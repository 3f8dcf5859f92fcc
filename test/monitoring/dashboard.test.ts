import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dashboardText } from '../../deploy/grafana/source/dashboard.mjs';
import { DASHBOARD, type DashboardPanel, filledIn, readDashboard } from './dashboard.js';
import { knownSeries, seriesIn } from './rules.js';

const dashboard = readDashboard();
const drawn = dashboard.panels.filter(({ type }) => type !== 'row');

/** Panel types of Grafana 10 and later used here; graph, singlestat and table-old no longer exist there. */
const TYPES = ['row', 'stat', 'timeseries'];
/** Ids of Grafana's units. */
const UNITS = ['short', 's', 'percentunit', 'bytes', 'Bps', 'bps', 'ops', 'cps'];

function overlap({ gridPos: a }: DashboardPanel, { gridPos: b }: DashboardPanel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe('the Grafana dashboard', () => {
  it('is generated from its source', () => {
    const hint = 'out of date: node deploy/grafana/source/main.mjs';
    expect(readFileSync(DASHBOARD, 'utf8') === dashboardText(), hint).toBe(true);
  });

  it('has panels of existing types, each with a unique id and place', () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(dashboard.panels.filter(({ type }) => !TYPES.includes(type))).toEqual([]);
    for (const [index, panel] of dashboard.panels.entries()) {
      const { x, w, h } = panel.gridPos;
      expect(x >= 0 && w > 0 && h > 0 && x + w <= 24, panel.title).toBe(true);
      const over = dashboard.panels.slice(index + 1).filter((other) => overlap(panel, other));
      expect(
        over.map(({ title }) => title),
        panel.title,
      ).toEqual([]);
    }
  });

  it('describes every panel, with a unit', () => {
    for (const { title, description = '', fieldConfig } of drawn) {
      expect(description.length, title).toBeGreaterThan(30);
      expect(UNITS, title).toContain(fieldConfig?.defaults.unit);
    }
    expect(new Set(drawn.map(({ title }) => title)).size).toBe(drawn.length);
  });

  it('queries the selected data source, with named series', () => {
    for (const { title, targets = [] } of drawn) {
      expect(targets.length, title).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
      for (const { datasource, expr, legendFormat } of targets) {
        expect(datasource).toEqual({ type: 'prometheus', uid: '$datasource' });
        expect(expr.length, title).toBeGreaterThan(0);
        expect(legendFormat.length, title).toBeGreaterThan(0);
      }
    }
  });

  it('queries only existing series of the selected collectors', async () => {
    const known = await knownSeries();
    for (const { title, targets = [] } of drawn) {
      for (const { expr } of targets) {
        const named = seriesIn(filledIn(expr, { interval: '1m', range: '1h' }));
        expect(named.length, title).toBeGreaterThan(0);
        expect(
          named.filter((name) => !known.has(name)),
          title,
        ).toEqual([]);
        const chosen = expr.match(/\{job=~"\$job",instance=~"\$instance"/g) ?? [];
        expect(chosen.length, `${title}: ${expr}`).toBe(named.length);
      }
    }
  });

  it('has exactly the variables that its queries use', () => {
    const texts = JSON.stringify([dashboard.panels, dashboard.annotations, dashboard.templating]);
    const named = new Set([...texts.matchAll(/\$\{?([a-z][a-z_]*)\}?/g)].map(([, name]) => name));
    expect([...named].sort()).toEqual(dashboard.templating.list.map(({ name }) => name).sort());
  });
});
