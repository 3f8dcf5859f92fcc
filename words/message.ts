import { printable } from './printable.js';

/**
 * Formats a message for standard error. Names of files and tar members, and damaged lines, come from others: control
 * characters in them are shown as `\u{1b}`. Line breaks stay.
 */
export function messageLine(program: string, text: string): string {
  return `${program}: ${text.split('\n').map(safe).join('\n')}\n`;
}

/** Replaces control characters, line breaks too, for a text that must stay on one line. */
export function oneLine(text: string): string {
  return safe(text);
}

function safe(text: string): string {
  return printable(text, { unicode: true });
}
