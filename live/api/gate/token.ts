import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
const FILE_NAME = 'live-token';
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

/** Random token, and the file that has it. */
export interface MadeToken {
  readonly text: string;
  /** Path of the file, mode 0600; undefined if there is no folder for it. */
  readonly path: string | undefined;
  /** Removes the file. */
  remove(): void;
}

/**
 * Makes a random token, and writes it to `live-token` in `$RUNTIME_DIRECTORY`, or in `tcp-info` below
 * `$XDG_RUNTIME_DIR`.
 * @throws TokenError when the file cannot be written
 */
export function makeToken(environment: Readonly<Record<string, string | undefined>>): MadeToken {
  const text = randomBytes(RANDOM_BYTES).toString('base64url');
  const folder = tokenFolder(environment);
  if (folder === undefined) return { text, path: undefined, remove: () => undefined };
  const path = join(folder, FILE_NAME);
  const own = `${path}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    rmSync(own, { force: true });
    writeFileSync(own, `${text}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(own, 0o600);
    renameSync(own, path);
  } catch (cause) {
    throw new TokenError(`token file ${path}: cannot be written: ${errorCode(cause) ?? String(cause)}`, { cause });
  }
  const { dev, ino } = statSync(path, { bigint: true });
  return { text, path, remove: () => removeIfSame(path, dev, ino) };
}

/** Returns the folder of the random token; undefined if the environment names none. */
export function tokenFolder(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  // systemd lists several folders with colons.
  const [runtime] = (environment['RUNTIME_DIRECTORY'] ?? '').split(':');
  if (runtime !== undefined && runtime !== '') return runtime;
  const user = environment['XDG_RUNTIME_DIR'];
  return user === undefined || user === '' ? undefined : join(user, 'tcp-info');
}

function removeIfSame(path: string, dev: bigint, ino: bigint): void {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found?.dev === dev && found.ino === ino) rmSync(path);
}
