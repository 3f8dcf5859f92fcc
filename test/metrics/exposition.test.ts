import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { renderFamilies } from '../../metrics/exposition.js';
import { createMetrics, renderMetrics } from '../../metrics/index.js';

/** Returns a registry with one metric of each kind, in another order than on the page. */
function sampleRegistry(): Registry {
  const registry = new Registry();
  const registers = [registry];
  const histogram = new Histogram({ name: 'h', help: 'H.', labelNames: ['z', 'a'], buckets: [0.5, 1, 1e6], registers });
  histogram.observe({ z: 'y', a: 'x' }, 1);
  histogram.observe({ z: 'x', a: 'x' }, 2);
  new Counter({ name: 'c_total', help: 'A \\ and\na "break".', registers }).inc(3);
  const gauge = new Gauge({ name: 'b', help: 'B.', labelNames: ['path'], registers });
  gauge.set({ path: 'back\\slash "quote"\nbreak' }, 1.5);
  new Summary({ name: 's', help: 'S.', percentiles: [0.5, 1], registers }).observe(7);
  new Gauge({ name: 'absent', help: 'Has no child.', labelNames: ['l'], registers });
  return registry;
}

describe('renderMetrics', () => {
  it('writes the text format: families, children and labels in order', async () => {
    expect(await renderMetrics(sampleRegistry())).toBe(`# HELP b B.
# TYPE b gauge
b{path="back\\\\slash \\"quote\\"\\nbreak"} 1.5
# HELP c_total A \\\\ and\\na "break".
# TYPE c_total counter
c_total 3
# HELP h H.
# TYPE h histogram
h_bucket{a="x",z="x",le="0.5"} 0
h_bucket{a="x",z="x",le="1"} 0
h_bucket{a="x",z="x",le="1e+06"} 1
h_bucket{a="x",z="x",le="+Inf"} 1
h_sum{a="x",z="x"} 2
h_count{a="x",z="x"} 1
h_bucket{a="x",z="y",le="0.5"} 0
h_bucket{a="x",z="y",le="1"} 1
h_bucket{a="x",z="y",le="1e+06"} 1
h_bucket{a="x",z="y",le="+Inf"} 1
h_sum{a="x",z="y"} 1
h_count{a="x",z="y"} 1
# HELP s S.
# TYPE s summary
s{quantile="0.5"} 7
s{quantile="1"} 7
s_sum 7
s_count 1
`);
  });

  it('writes OpenMetrics', async () => {
    expect(await renderMetrics(sampleRegistry(), 'openmetrics')).toBe(`# HELP b B.
# TYPE b gauge
b{path="back\\\\slash \\"quote\\"\\nbreak"} 1.5
# HELP c A \\\\ and\\na \\"break\\".
# TYPE c counter
c_total 3.0
# HELP h H.
# TYPE h histogram
h_bucket{a="x",z="x",le="0.5"} 0
h_bucket{a="x",z="x",le="1.0"} 0
h_bucket{a="x",z="x",le="1e+06"} 1
h_bucket{a="x",z="x",le="+Inf"} 1
h_sum{a="x",z="x"} 2.0
h_count{a="x",z="x"} 1
h_bucket{a="x",z="y",le="0.5"} 0
h_bucket{a="x",z="y",le="1.0"} 1
h_bucket{a="x",z="y",le="1e+06"} 1
h_bucket{a="x",z="y",le="+Inf"} 1
h_sum{a="x",z="y"} 1.0
h_count{a="x",z="y"} 1
# HELP s S.
# TYPE s summary
s{quantile="0.5"} 7.0
s{quantile="1.0"} 7.0
s_sum 7.0
s_count 1
# EOF
`);
  });

  it('gives every family of the daemon a unique name in OpenMetrics', async () => {
    const { registry } = createMetrics({ version: '1.2.3' });
    const page = await renderMetrics(registry, 'openmetrics');
    const names = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const [, name, type] of page.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      const suffix = type === 'counter' ? '_total' : type === 'gauge' ? '' : '_(bucket|sum|count)';
      const lines = page.split('\n').filter((line) => new RegExp(`^${name}${suffix}(\\{.*\\})? \\S+$`).test(line));
      expect(lines, name).not.toHaveLength(0);
      if (type === 'counter') {
        expect(name).not.toMatch(/_total$/);
      }
    }
    expect(page).toMatch(/\n# EOF\n$/);
  });

  it('writes nothing for an empty registry', () => {
    expect(renderFamilies([], 'text')).toBe('');
    expect(renderFamilies([], 'openmetrics')).toBe('# EOF\n');
  });
});
