import { describe, expect, it } from 'vitest';
import type { Panel, TimeChart } from '../../../view/chart/index.js';
import { withoutEmptyPanels } from '../../../view/connection/empty-panels.js';

const at = (value: number) => ({ timeUs: 0, extent: { first: value, low: value, high: value, last: value } });

function lines(title: string, ...values: number[]): Panel {
  const points = values.map(at);
  return { kind: 'lines', title, quantity: 'rate', lines: [{ label: '', colour: 'blue', dash: 'solid', points }] };
}

function bars(...values: number[]): Panel {
  const spans = values.map((value) => ({ fromUs: 0, toUs: 1, value }));
  return { kind: 'bars', title: 'Retransmitted packets', quantity: 'count', colour: 'orange', bars: spans, note: '' };
}

function chart(...panels: Panel[]): TimeChart {
  return { title: '', description: '', heading: [], origin: '', spanUs: 1, panels };
}

const titles = ({ panels }: TimeChart): string[] => panels.map(({ title }) => title);

describe('panels of a chart', () => {
  it('are all drawn when each has data', () => {
    const whole = chart(lines('Throughput', 1), bars(0));
    expect(withoutEmptyPanels(whole, { howEnded: 'closed' })).toEqual({ chart: whole, note: undefined });
  });

  it('are omitted without data, with the reason', () => {
    const lanes: Panel = { kind: 'lanes', title: 'Limited by', lanes: [] };
    const refused = withoutEmptyPanels(chart(lines('Throughput', 0, 0), lines('Round-trip time'), bars(0), lanes), {
      howEnded: 'failed',
    });
    expect(refused.chart.panels).toEqual([]);
    expect(refused.note).toBe(
      'Left out, because the connection never opened: throughput, round-trip time, retransmitted packets, limited by.',
    );
    const unanswered = withoutEmptyPanels(chart(lines('Throughput', 0), bars(0, 3)), { howEnded: 'failed' });
    expect(titles(unanswered.chart)).toEqual(['Retransmitted packets']);
    const some = withoutEmptyPanels(chart(lines('Throughput', 0), lines('Round-trip time', 3), bars(0)), {
      howEnded: 'closed',
    });
    expect(titles(some.chart)).toEqual(['Round-trip time', 'Retransmitted packets']);
    expect(some.note).toBe('Left out, because no record has data for it: throughput.');
  });
});
