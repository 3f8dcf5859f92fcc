import type { ConnectionRow } from '../../analysis/index.js';
import type { Panel, TimeChart } from '../chart/index.js';

/** Picture without empty panels. */
export interface FilledChart {
  readonly chart: TimeChart;
  /** Sentence that names the omitted panels and the reason; undefined if no panel is omitted. */
  readonly note: string | undefined;
}

/** Removes empty panels, and explains why. */
export function withoutEmptyPanels(chart: TimeChart, row: Pick<ConnectionRow, 'howEnded'>): FilledChart {
  const isIdle = chart.panels.every((panel) => panel.kind === 'bars' || isEmpty(panel, true));
  const panels = chart.panels.filter((panel) => !isEmpty(panel, isIdle));
  const names = chart.panels.filter((panel) => isEmpty(panel, isIdle)).map(({ title }) => title.toLowerCase());
  if (names.length === 0) return { chart, note: undefined };
  const why = row.howEnded === 'failed' ? 'the connection never opened' : 'no record has data for it';
  return { chart: { ...chart, panels }, note: `Left out, because ${why}: ${names.join(', ')}.` };
}

/** @param isIdle true when nothing else happened; otherwise a panel without retransmissions is worth showing */
function isEmpty(panel: Panel, isIdle: boolean): boolean {
  switch (panel.kind) {
    case 'lines':
      return panel.lines.every(({ points }) => points.every(({ extent }) => extent.high <= 0));
    case 'bars':
      return isIdle && panel.bars.every(({ value }) => value <= 0);
    case 'lanes':
      return panel.lanes.length === 0;
  }
}
