import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeToken, readToken, Token } from '../../../live/api/gate/token.js';
import { tempFolder } from '../../support/temp.js';

/** Writes a token file and returns its path. */
function tokenFile(content: string, mode = 0o600): string {
  const path = join(tempFolder(), 'token');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

describe('a token', () => {
  it('equals only its own text', () => {
    const token = new Token('a-token-of-enough-letters');
    expect(token.equals('a-token-of-enough-letters')).toBe(true);
    for (const other of ['', 'a', 'a-token-of-enough-letterS', 'a-token-of-enough-letters ', 'x'.repeat(10_000)]) {
      expect(token.equals(other)).toBe(false);
    }
  });
});

describe('the file of -live.token-file', () => {
  it.each([
    ['0123456789abcdef', 0o600],
    ['0123456789abcdef\n', 0o640],
    [`${'x'.repeat(256)}\r\n`, 0o400],
  ])('may hold %j with mode %i', (content, mode) => {
    expect(readToken(tokenFile(content, mode))).toBe(content.trimEnd());
  });

  it.each([
    ['0123456789abcde', 0o600, 'the token has 15 characters; expected 16 to 256'],
    ['', 0o600, 'the token has 0 characters'],
    ['x'.repeat(257), 0o600, 'the token has 257 characters'],
    ['x'.repeat(5000), 0o600, 'cannot be read: longer than 4096 bytes'],
    ['0123456789 abcdef', 0o600, 'only visible ASCII characters'],
    ['0123456789\nabcdef', 0o600, 'only visible ASCII characters'],
    ['0123456789äbcdef', 0o600, 'only visible ASCII characters'],
    ['0123456789abcdef', 0o644, 'other users may read it; chmod 600 it'],
    ['0123456789abcdef', 0o602, 'other users may read it'],
  ])('may not hold %j with mode %i', (content, mode, message) => {
    expect(() => readToken(tokenFile(content, mode))).toThrow(message);
  });

  it('must be a file', () => {
    const folder = tempFolder();
    expect(() => readToken(join(folder, 'none'))).toThrow('cannot be read: ENOENT');
    chmodSync(folder, 0o700);
    expect(() => readToken(folder)).toThrow('cannot be read: EISDIR');
  });
});

describe('a random token', () => {
  it('differs each time', () => {
    const [first, second] = [makeToken(), makeToken()];
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(second).not.toBe(first);
  });
});
