/**
 * Ranges of letters that take two columns of a terminal (East Asian width W and F of Unicode 16, without unassigned
 * blocks), as pairs of first and last. Emoji are recognized by their property.
 */
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];

const FIRST_WIDE = 0x1100;
const LAST_ONE_BYTE = 0x7e;
/** Marks that are drawn over the letter before them, and the second and third parts of Korean syllables. */
const COMBINING = /^[\p{Mn}\p{Me}\u1160-\u11ff]$/u;
const EMOJI = /^\p{Emoji_Presentation}$/u;

/** Returns the columns that a letter (one code point) takes on a terminal: 0 for combining marks, 2 for wide ones. */
export function letterWidth(letter: string): 0 | 1 | 2 {
  const code = letter.codePointAt(0) ?? 0;
  if (code <= LAST_ONE_BYTE) return 1;
  if (COMBINING.test(letter)) return 0;
  if (code < FIRST_WIDE) return 1;
  return EMOJI.test(letter) || WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

const PLAIN = /^[\x20-\x7e]*$/;

/** Returns the columns that a text takes on a terminal. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const letter of text) width += letterWidth(letter);
  return width;
}

/** Returns the longest beginning of a text that fits into this many columns. */
export function clipText(text: string, columns: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, columns));
  let [width, end] = [0, 0];
  for (const letter of text) {
    width += letterWidth(letter);
    if (width > columns) break;
    end += letter.length;
  }
  return text.slice(0, end);
}

/** Returns the longest end of a text that fits into this many columns. It does not begin with a combining mark. */
export function clipTextFront(text: string, columns: number): string {
  let rest = text;
  for (const letter of text) {
    if (textWidth(rest) <= columns && letterWidth(letter) > 0) break;
    rest = rest.slice(letter.length);
  }
  return rest;
}
