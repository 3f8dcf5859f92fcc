import { styleText } from 'node:util';
import type { CheckResult, Examination, Level } from '../../../doctor/index.js';
import { printable, type TextStyle } from '../../../view/chart/index.js';

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const satisfies Record<Level, string>;
const LEVEL_WIDTH = 6;

/** Style of the report. */
export interface ReportStyle {
  /** Width of lines; absent: no line breaks, so that each check is one line for grep. */
  readonly width?: number;
  readonly unicode: boolean;
  readonly colours: boolean;
}

/** Returns the style for a terminal or for a file. */
export function reportStyle(
  { width, unicode }: Pick<TextStyle, 'width' | 'unicode'>,
  isTerminal: boolean,
): ReportStyle {
  return { ...(isTerminal ? { width } : {}), unicode, colours: unicode };
}

/** Formats a check: level, name and finding, with the advice below. */
export function checkLines({ name, level, found, advice }: CheckResult, nameWidth: number, style: ReportStyle): string {
  const indent = ' '.repeat(LEVEL_WIDTH + nameWidth + 2);
  const head = `${level.padEnd(LEVEL_WIDTH)}${name.padEnd(nameWidth + 2)}`;
  const safe = (text: string): string => printable(text.replaceAll('\n', ' '), { unicode: style.unicode });
  const lines = wrap(`${head}${safe(found)}`, indent, style.width);
  if (advice !== undefined) {
    const arrow = style.unicode ? '→ ' : '-> ';
    lines.push(...wrap(`${indent}${arrow}${safe(advice)}`, indent + ' '.repeat(arrow.length), style.width));
  }
  const [first = '', ...others] = lines;
  const painted = style.colours
    ? styleText(COLOURS[level], level, { validateStream: false }) + first.slice(level.length)
    : first;
  return [painted, ...others].map((line) => `${line}\n`).join('');
}

/** Formats the last line. */
export function sumLine({ checks, skipped }: Examination): string {
  const of = (level: Level): number => checks.filter((each) => each.level === level).length;
  const [warnings, failed] = [of('warn'), of('fail')];
  const left = skipped.length === 0 ? '' : `, skipped after failures: ${skipped.join(', ')}`;
  const words = `${warnings} warning${warnings === 1 ? '' : 's'}, ${failed} failed`;
  return `${checks.length} checks: ${of('ok')} ok, ${words}${left}\n`;
}

/** Breaks a line between words. A word longer than the width stays whole. */
function wrap(line: string, indent: string, width = Number.POSITIVE_INFINITY): string[] {
  if (line.length <= width || indent.length > width / 2) return [line];
  const at = line.lastIndexOf(' ', width);
  if (at <= indent.length) return [line];
  return [line.slice(0, at), ...wrap(indent + line.slice(at + 1), indent, width)];
}
