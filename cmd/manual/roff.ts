import { wrap } from '../flags/help.js';

/** Text as roff's man macros have it. Every function gives whole lines, each with its end. */

/** A text in which nothing is taken for markup. */
export function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '...')
    .replaceAll('’', '\\(cq');
}

/** In bold, within a line. */
export function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

/** In italics, within a line: what stands for something else. */
export function italic(text: string): string {
  return `\\fI${plain(text)}\\fR`;
}

/** A heading. */
export function section(title: string): string {
  return `.SH ${/ /.test(title) ? `"${plain(title)}"` : plain(title)}\n`;
}

/** A heading below one. */
export function subsection(title: string): string {
  return `.SS ${/ /.test(title) ? `"${plain(title)}"` : plain(title)}\n`;
}

/** A paragraph of markup. `first`: behind a heading, which begins one itself. */
export function paragraph(markup: string, first = false): string {
  return `${first ? '' : '.PP\n'}${fill(markup)}\n`;
}

/** A term, and indented below it what it means; both are markup. */
export function item(term: string, meaning: string): string {
  return `.TP\n${term}\n${fill(meaning)}\n`;
}

/** Columns of a line of the source. */
const WIDTH = 78;

/** Cuts markup into short lines, which are put together again when the page is shown. */
function fill(markup: string): string {
  return wrap(markup.trim().replaceAll(/\s+/g, ' '), WIDTH).map(harmless).join('\n');
}

/** A line that begins with a dot would be a request. */
function harmless(line: string): string {
  return line.startsWith('.') ? `\\&${line}` : line;
}

/** Lines that keep their ends and spaces. */
export function verbatim(text: string): string {
  return `.PP\n.nf\n${unfilled(text)}\n.fi\n`;
}

/** Empty lines are no roff: `.sp` makes one. */
function unfilled(text: string): string {
  return plain(text)
    .split('\n')
    .map((line) => (line.trim() === '' ? '.sp' : harmless(line)))
    .join('\n');
}
