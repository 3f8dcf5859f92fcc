/** Letters that JSON takes as they are and that drive no terminal. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
/** Letters that JSON allows, but that a terminal could execute (C1 controls), or that change the direction of writing. */
const UNSAFE = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Formats a text as a JSON string in which no letter can drive a terminal. */
export function jsonText(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replaceAll(UNSAFE, escaped);
}

/** Returns the escapes of a letter: two for one beyond 16 bits. */
function escaped(letter: string): string {
  return Array.from({ length: letter.length }, (_, i) => letter.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}
