import { ownLetters, type TextStyle, textWidth } from '../chart/index.js';

/** Piece of a line. Its styles are those of a terminal's screen, too. */
export interface ReportSpan {
  readonly text: string;
  readonly style: 'plain' | 'heading' | 'faint' | 'warning';
}

/** Line of a report. */
export type ReportLine = readonly ReportSpan[];

/** Part of a line, which may be left out if the line is too long. */
export interface ReportPart extends ReportSpan {
  /** Order in which parts are left out, the lowest first; never if absent. */
  readonly drop?: number;
}

/** Blanks between parts. */
const APART = '   ';
/** Blanks at which a line may end: not before a unit. */
const BREAK = / (?!(?:[µu]s|ms|s|min|h|d|%)(?:[ ,;)]|$))/u;
/** Begin of a line that continues the one before. */
const INDENT = '      ';

/** Creates a part of a line. */
export function part(text: string, style: ReportSpan['style'] = 'plain', drop?: number): ReportPart {
  return { text, style, ...(drop === undefined ? {} : { drop }) };
}

/** Joins parts, and leaves out whole ones until the line fits: no number is cut. */
export function fitParts(parts: readonly ReportPart[], { width, unicode }: TextStyle): ReportLine {
  const kept = parts
    .filter(({ text }) => text !== '')
    .map((each) => ({ ...each, text: ownLetters(each.text, { unicode }) }));
  const used = (): number =>
    kept.reduce((sum, { text }) => sum + textWidth(text), 0) + APART.length * Math.max(0, kept.length - 1);
  const droppable = kept.filter(({ drop }) => drop !== undefined).sort((a, b) => (a.drop ?? 0) - (b.drop ?? 0));
  for (const each of droppable) {
    if (used() <= width) break;
    kept.splice(kept.indexOf(each), 1);
  }
  return kept.map(({ text, style }, i) => ({ text: i === 0 ? text : APART + text, style }));
}

/** Returns a line as text with the marks of a style. */
export function lineText(line: ReportLine, { paint }: TextStyle): string {
  return line.map(({ text, style }) => (style === 'plain' ? text : paint(style, text))).join('');
}

/** Divides a text into lines at blanks, further ones indented: a number stays whole, and with its unit. */
export function wrapText(text: string, { width, unicode }: TextStyle): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of ownLetters(text, { unicode }).split(BREAK)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = `${INDENT}${word}`;
  }
  return [...lines, line];
}
