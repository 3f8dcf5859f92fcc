/**
 * Returns a check whether an interface is meant. Patterns have `*` (any letters) and `?` (one letter), and must match a
 * name as a whole.
 */
export function interfaceMatcher(patterns: readonly string[]): (name: string) => boolean {
  const texts = patterns.map((pattern) =>
    pattern
      .split(/([*?])/)
      .map(expressionOf)
      .join(''),
  );
  const expression = new RegExp(`^(?:${texts.join('|')})$`, 'u');
  return (name) => expression.test(name);
}

/** Returns whether a text is a pattern, not a name. */
export function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

function expressionOf(piece: string): string {
  if (piece === '*') return '.*';
  return piece === '?' ? '.' : piece.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
