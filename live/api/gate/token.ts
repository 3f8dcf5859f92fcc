import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { statSync } from 'node:fs';
import { errorCode, readSmallFile, SmallFileError } from '../../../files/index.js';

/** Thrown when the token for clients over TCP cannot be read or made. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code = 'ERR_TOKEN_FILE';
}

const MIN_CHARACTERS = 16;
const MAX_CHARACTERS = 256;
/** Upper limit with white space at the end. */
const MAX_FILE_BYTES = 4096;
const RANDOM_BYTES = 32;
/** Permissions of others. */
const OTHERS = 0o007;

/** Secret that clients over TCP must send. */
export class Token {
  readonly #digest: Buffer;

  constructor(text: string) {
    this.#digest = digest(text);
  }

  /** Compares in a time that does not depend on the texts. */
  equals(text: string): boolean {
    return timingSafeEqual(this.#digest, digest(text));
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Reads the token of `-live.token-file`, without white space at the end.
 * @throws TokenError, whose message does not have the path
 */
export function readToken(path: string): string {
  const fail = (reason: string, cause?: unknown): never => {
    throw new TokenError(reason, { cause });
  };
  let text = '';
  try {
    if ((statSync(path).mode & OTHERS) !== 0) fail('other users may read it; chmod 600 it, or 640');
    text = readSmallFile(path, { maxBytes: MAX_FILE_BYTES }).toString('latin1').trimEnd();
  } catch (cause) {
    if (cause instanceof TokenError) throw cause;
    const reason = cause instanceof SmallFileError ? cause.message : (errorCode(cause) ?? String(cause));
    fail(`cannot be read: ${reason}`, cause);
  }
  if (text.length < MIN_CHARACTERS || text.length > MAX_CHARACTERS) {
    fail(`the token has ${text.length} characters; expected ${MIN_CHARACTERS} to ${MAX_CHARACTERS}`);
  }
  if (!/^[\x21-\x7e]+$/.test(text)) fail('the token may have only visible ASCII characters, and no blanks');
  return text;
}

/** Makes a random token. */
export function makeToken(): string {
  return randomBytes(RANDOM_BYTES).toString('base64url');
}
