import { element, fragment, type Markup } from './markup.js';
import { type Colour, paint } from './palette.js';
import { type LinePoint, linePath } from './paths.js';
import { linearScale, niceTicks, type Scale } from './scale.js';
import { type Quantity, unitFor } from './units.js';

/** Dash of a line, which distinguishes lines without colour. */
export type Dash = 'solid' | 'dashed' | 'dotted';

/** Line of a panel. */
export interface Line {
  readonly label: string;
  readonly colour: Colour;
  readonly dash: Dash;
  readonly points: readonly LinePoint[];
}

/**
 * Value from `fromUs` to `toUs`: height of a bar in its panel's quantity, or the share of the time for which a lane is
 * on.
 */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
  readonly value: number;
}

/** Part of a chart: lines, bars, or lanes that are on at some times. */
export type Panel =
  | {
      readonly kind: 'lines';
      readonly title: string;
      readonly quantity: Quantity;
      readonly lines: readonly Line[];
      readonly note?: string;
    }
  | {
      readonly kind: 'bars';
      readonly title: string;
      readonly quantity: Quantity;
      readonly colour: Colour;
      readonly bars: readonly Span[];
      readonly note?: string;
    }
  | { readonly kind: 'lanes'; readonly title: string; readonly lanes: readonly Lane[] };

/** Row that is filled while something applies. */
export interface Lane {
  readonly label: string;
  /** Text at the right end, e.g. the lane's share of all time. */
  readonly figure: string;
  readonly colour: Colour;
  readonly spans: readonly Span[];
}

/** Position of a panel in the chart. */
export interface PlotArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly time: Scale;
  readonly widthPx: number;
}

const TITLE_PX = 20;
const LEGEND_PX = 18;
const LINES_PX = 132;
const BARS_PX = 64;
const LANE_PX = 20;
const DASHES: Readonly<Record<Dash, string | undefined>> = { solid: undefined, dashed: '6 3', dotted: '2 3' };
const NARROW_PX = 560;

/** Returns whether a chart is too narrow to put legends beside the title and lane names beside the lanes. */
export function isNarrow(widthPx: number): boolean {
  return widthPx < NARROW_PX;
}

/** Returns the height of a panel in pixels. */
export function panelHeight(panel: Panel, area: PlotArea): number {
  if (panel.kind === 'lanes') return TITLE_PX + Math.max(1, panel.lanes.length) * lanePx(area);
  return TITLE_PX + legendRows(panel, area) * LEGEND_PX + (panel.kind === 'lines' ? LINES_PX : BARS_PX);
}

/** Draws a panel as SVG. */
export function drawPanel(panel: Panel, area: PlotArea): Markup {
  if (panel.kind === 'lanes') return drawLanes(panel, area);
  const top = area.top + TITLE_PX + legendRows(panel, area) * LEGEND_PX;
  const bottom = area.top + panelHeight(panel, area);
  const max = panel.kind === 'lines' ? linesMax(panel.lines) : Math.max(0, ...panel.bars.map(({ value }) => value));
  const unit = unitFor(max, panel.quantity);
  const ticks = niceTicks(max / unit.size, panel.kind === 'lines' ? 5 : 2);
  const end = (ticks.at(-1) ?? 1) * unit.size;
  const values = linearScale(0, end, bottom, top);
  const name = unit.name === '' ? '' : `, ${unit.name}`;
  return fragment(
    title(`${panel.title}${name}`, area),
    ticks.map((tick) => gridLine(tick, values.at(tick * unit.size), area)),
    panel.kind === 'lines'
      ? [legend(panel.lines, panel.note, area), panel.lines.map((line) => drawLine(line, area, values))]
      : [note(panel.note, area), drawBars(panel.bars, panel.colour, area, values)],
  );
}

function linesMax(lines: readonly Line[]): number {
  let max = 0;
  for (const { points } of lines) for (const { extent } of points) if (extent.high > max) max = extent.high;
  return max;
}

function title(text: string, { left, top }: PlotArea): Markup {
  return element('text', { x: left, y: top + 12, 'font-weight': 600, ...paint('ink', 'fill') }, text);
}

function gridLine(tick: number, y: number, { left, right }: PlotArea): Markup {
  const at = Math.round(y) + 0.5;
  return fragment(
    element('line', { x1: left, x2: right, y1: at, y2: at, ...paint(tick === 0 ? 'faint' : 'grid', 'stroke') }),
    element('text', { x: left - 6, y: at + 4, 'text-anchor': 'end', 'font-size': 11, ...paint('faint', 'fill') }, tick),
  );
}

function drawLine({ label, colour, dash, points }: Line, { time, right }: PlotArea, values: Scale): Markup {
  const attributes = {
    d: linePath(points, time, values, right),
    fill: 'none',
    'stroke-width': 1.5,
    'stroke-linejoin': 'round',
  };
  return element(
    'g',
    {},
    element('title', {}, label),
    element('path', { ...attributes, 'stroke-dasharray': DASHES[dash], ...paint(colour, 'stroke') }),
  );
}

function drawBars(bars: readonly Span[], colour: Colour, { time }: PlotArea, values: Scale): Markup {
  const zero = values.at(0);
  let d = '';
  for (const { fromUs, toUs, value } of bars) {
    if (!(value > 0)) continue;
    const x = time.at(fromUs);
    // Keeps short and small values visible.
    const width = Math.max(1.5, time.at(toUs) - x - 0.5);
    const height = Math.max(1.5, zero - values.at(value));
    d += `M${round(x)} ${round(zero)}v${round(-height)}h${round(width)}v${round(height)}z`;
  }
  return element('path', { d, ...paint(colour, 'fill') });
}

function lanePx({ widthPx }: PlotArea): number {
  return isNarrow(widthPx) ? LANE_PX + 14 : LANE_PX;
}

function drawLanes({ title: text, lanes }: Panel & { kind: 'lanes' }, area: PlotArea): Markup {
  const { left, right, top, time } = area;
  const height = lanePx(area);
  const drawn = lanes.map(({ label, figure, colour, spans }, i) => {
    const y = top + TITLE_PX + i * height;
    const bar = y + height - 13;
    let d = '';
    for (const { fromUs, toUs, value } of spans) {
      if (!(value > 0)) continue;
      const x = time.at(fromUs);
      const width = Math.max(1, time.at(toUs) - x);
      // Callers round shares to quarters, so that equal neighbours are one span.
      const part = 11 * Math.min(1, value);
      d += `M${round(x)} ${round(bar + 11)}v${round(-part)}h${round(width)}v${round(part)}z`;
    }
    return element(
      'g',
      {},
      element('title', {}, `${label}: ${figure}`),
      element('line', { x1: left, x2: right, y1: bar + 11.5, y2: bar + 11.5, ...paint('grid', 'stroke') }),
      element('path', { d, ...paint(colour, 'fill') }),
      laneName(label, figure, y, area),
    );
  });
  return fragment(title(text, area), drawn);
}

/** Draws the name beside the lane, or above it in a narrow chart. */
function laneName(label: string, figure: string, y: number, { left, right, widthPx }: PlotArea): Markup {
  const look = { 'font-size': 11, ...paint('ink', 'fill') };
  if (isNarrow(widthPx)) return element('text', { x: left, y: y + 15, ...look }, `${label} ${figure}`);
  return fragment(
    element('text', { x: left - 8, y: y + 16, 'text-anchor': 'end', ...look }, label),
    element('text', { x: right + 8, y: y + 16, ...look }, figure),
  );
}

function legendRows(panel: Exclude<Panel, { kind: 'lanes' }>, area: PlotArea): number {
  if (panel.kind === 'bars') return 0;
  return isNarrow(area.widthPx) ? placeLegend(panel.lines, area).rows : 0;
}

/** Places each line's name: right of the title, or below it in a narrow chart. */
function placeLegend(lines: readonly Line[], area: PlotArea): { rows: number; places: { x: number; row: number }[] } {
  const narrow = isNarrow(area.widthPx);
  const widths = lines.map(({ label }) => 40 + label.length * 6.4);
  if (!narrow) {
    const total = widths.reduce((sum, width) => sum + width, 0);
    const before = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width, 0));
    return { rows: 0, places: before.map((width) => ({ x: area.right - total + 14 + width, row: -1 })) };
  }
  const places: { x: number; row: number }[] = [];
  let [x, row] = [area.left, 0];
  for (const width of widths) {
    if (x > area.left && x + width > area.right) [x, row] = [area.left, row + 1];
    places.push({ x, row });
    x += width;
  }
  return { rows: row + 1, places };
}

function legend(lines: readonly Line[], text: string | undefined, area: PlotArea): Markup {
  const { places } = placeLegend(lines, area);
  const drawn = lines.map(({ label, colour, dash }, i) => {
    const { x, row } = places[i] ?? { x: area.left, row: 0 };
    const y = area.top + TITLE_PX + row * LEGEND_PX;
    const swatch = { x1: x, x2: x + 20, y1: y + 8, y2: y + 8, 'stroke-width': 2 };
    return fragment(
      element('line', { ...swatch, 'stroke-dasharray': DASHES[dash], ...paint(colour, 'stroke') }),
      element('text', { x: x + 25, y: y + 12, 'font-size': 11, ...paint('ink', 'fill') }, label),
    );
  });
  return fragment(drawn, text === undefined ? undefined : element('desc', {}, text));
}

function note(text: string | undefined, { right, top, widthPx, left }: PlotArea): Markup | undefined {
  if (text === undefined || isNarrow(widthPx)) return text === undefined ? undefined : element('desc', {}, text);
  return element(
    'text',
    { x: Math.max(left, right), y: top + 12, 'text-anchor': 'end', 'font-size': 11, ...paint('faint', 'fill') },
    text,
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
