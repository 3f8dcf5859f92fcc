import { clipText, textWidth } from '../chart/index.js';

/** Styles of letters on the screen. */
export const LINE_STYLES = ['plain', 'heading', 'faint', 'selected', 'warning', 'bar', 'second', 'banner'] as const;
/** One of {@link LINE_STYLES}. */
export type LineStyle = (typeof LINE_STYLES)[number];

/** Piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style: LineStyle;
}

/** Line of the screen. */
export type Line = readonly Span[];

/** Creates a line in one style. */
export function line(text: string, style: LineStyle = 'plain'): Line {
  return [{ text, style }];
}

/** Creates a piece of a line. */
export function span(text: string, style: LineStyle = 'plain'): Span {
  return { text, style };
}

/** Returns the columns that a line takes. */
export function lineWidth(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** Returns a line in one style, as long as the screen is wide. */
export function fullLine(text: string, columns: number, style: LineStyle): Line {
  const clipped = clipText(text, columns);
  return line(clipped + ' '.repeat(columns - textWidth(clipped)), style);
}

/** Returns a line with another style for its plain letters. */
export function restyled(spans: Line, style: LineStyle): Line {
  return spans.map((each) => (each.style === 'plain' ? { text: each.text, style } : each));
}

/** Part of a line that may be left out if the line is too long. */
export interface LinePart extends Span {
  /** Order in which parts are left out, the lowest first; never if undefined. */
  readonly drop?: number;
}

/** Joins parts with a separator, and leaves out whole parts until the line fits. */
export function joinParts(parts: readonly LinePart[], separator: string, columns: number): Line {
  const kept = parts.filter(({ text }) => text !== '');
  const droppable = kept.filter(({ drop }) => drop !== undefined).sort((a, b) => (a.drop ?? 0) - (b.drop ?? 0));
  const spans = (): Span[] =>
    kept.flatMap(({ text, style }, i) =>
      i === 0 ? [span(text, style)] : [span(separator, 'faint'), span(text, style)],
    );
  for (const part of droppable) {
    if (lineWidth(spans()) <= columns) break;
    kept.splice(kept.indexOf(part), 1);
  }
  return spans();
}
