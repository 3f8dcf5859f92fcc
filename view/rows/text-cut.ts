import { clipText, textWidth } from '../chart/index.js';

/** Cuts a text at its end, with dots. */
export function cutText(text: string, width: number, unicode: boolean): string {
  if (textWidth(text) <= width) return text;
  const dots = unicode ? '…' : '..';
  return width < dots.length ? clipText(text, width) : clipText(text, width - dots.length) + dots;
}

/** Cuts a text between two words. */
export function cutWords(text: string, width: number, unicode: boolean): string {
  if (textWidth(text) <= width) return text;
  const dots = unicode ? '…' : '..';
  const clipped = clipText(text, Math.max(0, width - dots.length - 1));
  const end = text[clipped.length] === ' ' ? clipped.length : clipped.lastIndexOf(' ');
  return end <= 0 ? '' : `${clipped.slice(0, end)} ${dots}`;
}

/** Breaks a text into lines at blanks; a word that is longer than a line is cut. */
export function wrapText(text: string, width: number, unicode: boolean): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(cutText(word, width, unicode));
  }
  return lines;
}
