import { describe, expect, it } from 'vitest';
import { drawTimeChart, type LinePoint, type Panel, type TimeChart } from '../../../view/chart/index.js';
import { linePath } from '../../../view/chart/paths.js';
import { linearScale } from '../../../view/chart/scale.js';

const point = (timeUs: number, first: number, low = first, high = first, last = first): LinePoint => ({
  timeUs,
  extent: { first, low, high, last },
});

function chart(panels: readonly Panel[], heading: readonly string[] = []): TimeChart {
  return { title: 'a <title>', description: 'what & how', heading, origin: 'noon', spanUs: 10e6, panels };
}

describe('the path of a line', () => {
  const [time, values] = [linearScale(0, 10, 0, 10), linearScale(0, 100, 100, 0)];

  it('connects first, lowest, highest and last value of each column, level in between', () => {
    expect(linePath([point(0, 50), point(4, 60, 10, 90, 20)], time, values, 10)).toBe('M0 50H4V40V90V10V80H10');
  });

  it('joins values in one column of pixels, and keeps their extremes', () => {
    const many = Array.from({ length: 1000 }, (_, i) => point(3 + i / 10_000, i === 500 ? 100 : i === 600 ? 0 : 50));
    expect(linePath(many, time, values, 10)).toBe('M3 50V100V0V50H10');
  });

  it('is empty without points', () => {
    expect(linePath([], time, values, 10)).toBe('');
  });
});

describe('a chart over time', () => {
  const lines: Panel = {
    kind: 'lines',
    title: 'Rate',
    quantity: 'rate',
    lines: [{ label: 'sent', colour: 'blue', dash: 'dashed', points: [point(0, 0), point(5e6, 125_000)] }],
  };

  it('has a title, a description, units, a legend and an axis', () => {
    const svg = drawTimeChart(chart([lines], ['head & line']), { widthPx: 900, standalone: true }).toString();
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 900 \d+"/);
    expect(svg).toContain('role="img" aria-labelledby="title description"');
    expect(svg).toContain('<title id="title">a &lt;title&gt;</title><desc id="description">what &amp; how</desc>');
    for (const text of ['head &amp; line', '>Rate, Mbit/s<', '>sent<', '>s since noon<', '>10<'])
      expect(svg).toContain(text);
    expect(svg).toContain('stroke-dasharray="6 3"');
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('has its own ids and no background when embedded in a page', () => {
    const svg = drawTimeChart(chart([lines]), { widthPx: 380, idPrefix: 'narrow-', standalone: false }).toString();
    expect(svg).toContain('aria-labelledby="narrow-title narrow-description"');
    expect(svg).not.toContain('<style>');
  });

  it('shows a bar however small the value is', () => {
    const bars: Panel = {
      kind: 'bars',
      title: 'Lost',
      quantity: 'count',
      colour: 'orange',
      bars: [
        { fromUs: 0, toUs: 1, value: 1 },
        { fromUs: 5e6, toUs: 6e6, value: 100_000 },
        { fromUs: 6e6, toUs: 7e6, value: 0 },
      ],
    };
    const svg = drawTimeChart(chart([bars]), { widthPx: 900, standalone: true }).toString();
    expect(svg).toContain('v-1.5h1.5v1.5z');
    expect(svg.match(/h[\d.]+v[\d.]+z/g)).toHaveLength(2);
  });

  it('draws nothing for missing data, and does not fail', () => {
    const empty: Panel[] = [
      { ...lines, lines: [] },
      { kind: 'bars', title: 'None', quantity: 'count', colour: 'blue', bars: [] },
      { kind: 'lanes', title: 'Nobody', lanes: [] },
    ];
    const svg = drawTimeChart({ ...chart(empty), spanUs: 0 }, { widthPx: 320, standalone: true }).toString();
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('has bounded size for any number of values', () => {
    const points = Array.from({ length: 200_000 }, (_, i) => point((i * 10e6) / 200_000, (i * 7919) % 1000));
    const panel: Panel = { ...lines, lines: [{ label: 'sent', colour: 'blue', dash: 'solid', points }] };
    const svg = drawTimeChart(chart([panel]), { widthPx: 900, standalone: true }).toString();
    expect(svg.length).toBeLessThan(40_000);
  });
});
