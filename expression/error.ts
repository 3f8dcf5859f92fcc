/**
 * Error in an expression, for the person who wrote it. The message begins with the position: `at 7: 'rto' is no field;
 * rtt, rttvar?`.
 */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly code = 'ERR_EXPRESSION';

  /**
   * @param at position in the text, from 0
   * @param reason the message without the position
   * @param expected texts or kinds of text that would be right at this position; may be empty
   */
  constructor(
    readonly at: number,
    reason: string,
    readonly expected: readonly string[] = [],
  ) {
    super(`at ${at}: ${reason}`);
  }
}

const MAX_QUOTED = 40;

/** Quotes a piece of an expression for a message. */
export function quote(piece: string): string {
  return `'${printable(piece)}'`;
}

/** Returns a piece of an expression for a message: short, and with invisible characters escaped. */
export function printable(piece: string): string {
  const short = piece.length > MAX_QUOTED ? `${piece.slice(0, MAX_QUOTED)}…` : piece;
  return short.replace(/[\p{C}\u2028\u2029]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
