/** What `JSON.stringify` writes otherwise than Go's encoding/json, lone surrogates among it. */
const DIFFERENT = /[<>&\u2028\u2029]|\\(?:[bf]|ud[89a-f][0-9a-f]{2}|.)/g;

/** Nothing of which has to be escaped. */
const PLAIN = /^[\w.:/@+-]*$/;

/**
 * A JSON string literal as Go's encoding/json writes it: like `JSON.stringify`, but `<`, `>`, `&`, U+2028 and U+2029 as
 * `\u` escapes, backspace and form feed as `\u0008` and `\u000c`, and what is no Unicode text as `\ufffd`.
 */
export function quoteGoString(text: string): string {
  // Every UUID, mostly.
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(DIFFERENT, (found) => {
    if (found === '\\b') return '\\u0008';
    if (found === '\\f') return '\\u000c';
    if (found.length === 1) return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return found.startsWith('\\ud') ? '\\ufffd' : found;
  });
}
