/**
 * Makes text from data safe for a terminal: control characters, which could move the cursor or worse, and characters
 * that change the direction of writing are shown as `\u{1b}`; without Unicode also all letters beyond ASCII.
 */
export function printable(text: string, { unicode }: { readonly unicode: boolean }): string {
  const unsafe = unicode ? /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu : /[^\x20-\x7e]/gu;
  return text.replaceAll(unsafe, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);
}
