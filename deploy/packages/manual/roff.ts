import { wrap } from '../../../cmd/flags/help.js';

/** Text for roff's man macros. Every function returns whole lines, each with its newline. */

/** Escapes a text so that roff reads no markup in it. */
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

/** Formats text within a line in bold. */
export function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

/** Formats text within a line in italics, for placeholders. */
export function italic(text: string): string {
  return `\\fI${plain(text)}\\fR`;
}

/** Returns a heading. */
export function section(title: string): string {
  return `.SH ${/ /.test(title) ? `"${plain(title)}"` : plain(title)}\n`;
}

/** Returns a second-level heading. */
export function subsection(title: string): string {
  return `.SS ${/ /.test(title) ? `"${plain(title)}"` : plain(title)}\n`;
}

/** Returns a paragraph of markup. `first`: true after a heading, which begins a paragraph itself. */
export function paragraph(markup: string, first = false): string {
  return `${first ? '' : '.PP\n'}${fill(markup)}\n`;
}

/** Returns a term with its meaning indented below; both are markup. */
export function item(term: string, meaning: string): string {
  return `.TP\n${term}\n${fill(meaning)}\n`;
}

/** Columns of a source line. */
const WIDTH = 78;

/** Breaks markup into short lines, which roff joins again. */
function fill(markup: string): string {
  return wrap(markup.trim().replaceAll(/\s+/g, ' '), WIDTH).map(harmless).join('\n');
}

/** Escapes a line that begins with a dot, which would be a request. */
function harmless(line: string): string {
  return line.startsWith('.') ? `\\&${line}` : line;
}

/** Returns lines whose breaks and spaces are kept. */
export function verbatim(text: string): string {
  return `.PP\n.nf\n${unfilled(text)}\n.fi\n`;
}

/** Replaces empty lines, which roff does not allow, by `.sp`. */
function unfilled(text: string): string {
  return plain(text)
    .split('\n')
    .map((line) => (line.trim() === '' ? '.sp' : harmless(line)))
    .join('\n');
}
