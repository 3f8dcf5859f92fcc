import { printable } from '../../chart/index.js';

/**
 * A message for standard error. Names of files, of members of tars and what damaged lines hold are others' words: what
 * would move the terminal's cursor, or worse, is shown as `\u{1b}`. Line breaks stay.
 */
export function messageLine(program: string, text: string): string {
  return `${program}: ${text.split('\n').map(safe).join('\n')}\n`;
}

/** The same of what has to stay in one line. */
export function oneLine(text: string): string {
  return safe(text);
}

function safe(text: string): string {
  return printable(text, { unicode: true });
}
