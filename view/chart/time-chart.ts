// Charts as SVG text. Libraries that draw SVG without a browser, such as ECharts and Vega, are larger than this program,
// and do not draw the same panels as text for terminals.

import { type Attributes, element, fragment, type Markup, styleSheet } from './markup.js';
import { darkRules, paint } from './palette.js';
import { drawPanel, isNarrow, type Panel, type PlotArea, panelHeight } from './panels.js';
import { linearScale, timeTicks } from './scale.js';
import { unitFor } from './units.js';

/** Panels over one axis of time. */
export interface TimeChart {
  /** Title in one line, for screen readers and browsers. */
  readonly title: string;
  /** Description of the content in some sentences. */
  readonly description: string;
  /** Lines printed above, e.g. both addresses. */
  readonly heading: readonly string[];
  /** Text printed below, e.g. how to read the chart. */
  readonly footer?: string;
  /** Meaning of 0 on the time axis. */
  readonly origin: string;
  readonly spanUs: number;
  readonly panels: readonly Panel[];
}

/** Options of {@link drawTimeChart}. */
export interface TimeChartOptions {
  /** Width in pixels, at least 320. */
  readonly widthPx: number;
  /** Prefix of every id, so that a page can contain two charts; default: none. */
  readonly idPrefix?: string;
  /** Includes the style sheet and background, for a separate file; in a page, the page has them. */
  readonly standalone: boolean;
}

/** Space beside the plots: left for figures and names of lanes, right for their shares. */
const WIDE = { left: 124, right: 54 } as const;
const NARROW = { left: 44, right: 8 } as const;
const GAP = 16;
const LINE = 18;
const FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif";
/** Minimum pixels between two ticks of time. */
const TICK_PX = 60;

/** Draws the chart. The size of the result depends on the width, not on the amount of data. */
export function drawTimeChart(chart: TimeChart, { widthPx, idPrefix = '', standalone }: TimeChartOptions): Markup {
  const beside = isNarrow(widthPx) ? NARROW : WIDE;
  const [left, right] = [beside.left, widthPx - beside.right];
  const time = linearScale(0, Math.max(1, chart.spanUs), left, right);
  const headingPx = chart.heading.length * LINE + (chart.heading.length > 0 ? 8 : 0);
  const drawn: Markup[] = [];
  let top = 8 + headingPx;
  const firstTop = top;
  for (const panel of chart.panels) {
    const area: PlotArea = { left, right, top, time, widthPx };
    drawn.push(drawPanel(panel, area));
    top += panelHeight(panel, area) + GAP;
  }
  const bottom = top - GAP;
  const footer = chart.footer === undefined ? [] : wrap(chart.footer, widthPx - 16);
  const heightPx = bottom + 40 + footer.length * 15;
  const ids = [`${idPrefix}title`, `${idPrefix}description`] as const;
  const attributes: Attributes = {
    ...(standalone ? { xmlns: 'http://www.w3.org/2000/svg' } : {}),
    viewBox: `0 0 ${widthPx} ${heightPx}`,
    width: widthPx,
    height: heightPx,
    role: 'img',
    'aria-labelledby': ids.join(' '),
    'font-family': FONT,
    'font-size': 12,
  };
  return element(
    'svg',
    attributes,
    element('title', { id: ids[0] }, chart.title),
    element('desc', { id: ids[1] }, chart.description),
    standalone ? styleSheet(darkRules()) : undefined,
    standalone ? element('rect', { width: widthPx, height: heightPx, ...paint('ground', 'fill') }) : undefined,
    chart.heading.map((text, i) =>
      element(
        'text',
        {
          x: 8,
          y: 20 + i * LINE,
          'font-size': i === 0 ? 14 : 12,
          'font-weight': i === 0 ? 600 : undefined,
          ...paint(i === 0 ? 'ink' : 'faint', 'fill'),
        },
        clip(text, widthPx - 16, i === 0 ? 7.6 : 6.3),
      ),
    ),
    timeAxis(chart, { left, right, top: firstTop, bottom, time }),
    drawn,
    footer.map((text, i) =>
      element('text', { x: 8, y: bottom + 48 + i * 15, 'font-size': 11, ...paint('faint', 'fill') }, text),
    ),
  );
}

interface AxisArea extends Omit<PlotArea, 'widthPx'> {
  readonly bottom: number;
}

function timeAxis({ spanUs, origin }: TimeChart, { left, right, bottom, time }: AxisArea): Markup {
  const ticks = timeTicks(spanUs, Math.floor((right - left) / TICK_PX));
  const unit = unitFor(ticks.at(-1) ?? 0, 'duration');
  const marks = ticks.map((tick) => {
    const x = Math.round(time.at(tick));
    return fragment(
      element('line', { x1: x, x2: x, y1: bottom, y2: bottom + 4, ...paint('faint', 'stroke') }),
      element(
        'text',
        { x, y: bottom + 16, 'text-anchor': 'middle', 'font-size': 11, ...paint('faint', 'fill') },
        Number((tick / unit.size).toPrecision(6)),
      ),
    );
  });
  const label = clip(`${unit.name} since ${origin}`, right - left, 6);
  return fragment(
    marks,
    element(
      'text',
      { x: (left + right) / 2, y: bottom + 32, 'text-anchor': 'middle', 'font-size': 11, ...paint('faint', 'fill') },
      label,
    ),
  );
}

/** Cuts a text that would not fit, by the width of an average letter, as the real width is unknown here. */
export function clip(text: string, widthPx: number, letterPx: number): string {
  const room = Math.max(1, Math.floor(widthPx / letterPx));
  const letters = [...text];
  return letters.length <= room ? text : `${letters.slice(0, room - 1).join('')}…`;
}

function wrap(text: string, widthPx: number): string[] {
  const room = Math.floor(widthPx / 5.9);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
