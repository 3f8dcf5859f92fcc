/** Output of `JSON.stringify` that differs from Go's encoding/json, including lone surrogates. */
const DIFFERENT = /[<>&\u2028\u2029]|\\(?:[bf]|ud[89a-f][0-9a-f]{2}|.)/g;

/** Text that needs no escapes. */
const PLAIN = /^[\w.:/@+-]*$/;

/**
 * Returns a JSON string literal as Go's encoding/json writes it: like `JSON.stringify`, but `<`, `>`, `&`, U+2028 and
 * U+2029 are `\u` escapes, backspace and form feed are `\u0008` and `\u000c`, and lone surrogates are `\ufffd`.
 */
export function quoteGoString(text: string): string {
  // True for nearly every UUID.
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(DIFFERENT, (found) => {
    if (found === '\\b') return '\\u0008';
    if (found === '\\f') return '\\u000c';
    if (found.length === 1) return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return found.startsWith('\\ud') ? '\\ufffd' : found;
  });
}
