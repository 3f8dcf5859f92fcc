import type { Line, LineStyle, Span } from './line.js';

/** Values over time, one for each column of the chart; null where nothing is known. */
export type Series = readonly (number | null)[];

/** Chart of block letters: a filled series, and lines over it. */
export interface TextChart {
  readonly filled: Series;
  /** Values up to which the filling has another style, e.g. the smallest round-trip time. */
  readonly base?: Series;
  readonly lines?: readonly { readonly values: Series; readonly style: LineStyle; readonly letter: 'thin' | 'thick' }[];
  /** Value at the upper edge. */
  readonly max: number;
}

const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const ASCII_LEVELS = [' ', '.', ':', '#'] as const;
const LINE_LETTERS = { thin: ['─', '-'], thick: ['═', '='] } as const;
/** Lowest place of a line, in rows. */
const LOWEST_LINE = 0.5;
const SHADES = [' ', '░', '▒', '▓', '█'] as const;
const ASCII_SHADES = [' ', '.', ':', '+', '#'] as const;

/** Draws a chart in `height` lines, the highest first. */
export function drawTextChart(chart: TextChart, height: number, unicode: boolean): Line[] {
  const { filled, base = [], lines = [], max } = chart;
  const level = (value: number | null | undefined): number =>
    value === null || value === undefined || !(max > 0) ? 0 : Math.min(1, Math.max(0, value / max)) * height;
  return Array.from({ length: height }, (_, i) => {
    const floor = height - 1 - i;
    return runs(
      filled.map((value, column) => {
        const line = lines.find(({ values }) => {
          const at = level(values[column]);
          // A line at the very bottom would only hide the filling.
          return at >= LOWEST_LINE && Math.min(height - 1, Math.floor(at)) === floor;
        });
        if (line !== undefined) return [LINE_LETTERS[line.letter][unicode ? 0 : 1], line.style];
        const text = levelLetter(level(value) - floor, unicode);
        return [text, text === ' ' ? 'plain' : floor + 0.5 <= level(base[column]) ? 'second' : 'bar'];
      }),
    );
  });
}

/** Draws shares over time in one line, darker for larger shares. */
export function drawLane(shares: Series, unicode: boolean): Line {
  const letters = unicode ? SHADES : ASCII_SHADES;
  return runs(
    shares.map((share) => {
      const step = share === null || share <= 0 ? 0 : Math.min(4, Math.max(1, Math.ceil(share * 4)));
      return [letters[step] ?? ' ', 'bar'];
    }),
  );
}

/** Returns the letter for a part of a cell; small parts stay visible at the bottom of a chart. */
function levelLetter(part: number, unicode: boolean): string {
  const letters: readonly string[] = unicode ? EIGHTHS : ASCII_LEVELS;
  const steps = letters.length - 1;
  if (part <= 0) return ' ';
  return letters[Math.min(steps, Math.max(1, Math.round(part * steps)))] ?? ' ';
}

/** Joins neighbours of the same style. */
function runs(cells: readonly (readonly [letter: string, style: LineStyle])[]): Line {
  const spans: Span[] = [];
  for (const [letter, style] of cells) {
    const last = spans.at(-1);
    if (last?.style === style) spans[spans.length - 1] = { text: last.text + letter, style };
    else spans.push({ text: letter, style });
  }
  return spans;
}
