import type { ConnectionRow } from '../../../analysis/index.js';
import type { Panel, TimeChart } from '../../../chart/index.js';

/** A picture without the panels in which there is nothing to see. */
export interface FilledChart {
  readonly chart: TimeChart;
  /** Sentence that names the panels left out, and why; undefined when all are there. */
  readonly note: string | undefined;
}

/** Leaves out panels in which there is nothing to see, and says why. */
export function withoutEmptyPanels(chart: TimeChart, row: Pick<ConnectionRow, 'howEnded'>): FilledChart {
  const isIdle = chart.panels.every((panel) => panel.kind === 'bars' || isEmpty(panel, true));
  const panels = chart.panels.filter((panel) => !isEmpty(panel, isIdle));
  const names = chart.panels.filter((panel) => isEmpty(panel, isIdle)).map(({ title }) => title.toLowerCase());
  if (names.length === 0) return { chart, note: undefined };
  const why = row.howEnded === 'failed' ? 'the connection never opened' : 'no record has anything of it';
  return { chart: { ...chart, panels }, note: `Left out, because ${why}: ${names.join(', ')}.` };
}

/** @param isIdle whether nothing else happened; else no retransmission is something to see, too */
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
