import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
  it('is in the first runtime folder, for its owner only, until it is removed', () => {
    const folder = tempFolder();
    const made = makeToken({ RUNTIME_DIRECTORY: `${folder}:/elsewhere`, XDG_RUNTIME_DIR: '/nowhere' });
    expect(made.path).toBe(join(folder, 'live-token'));
    expect(made.text).toMatch(/^[\w-]{43}$/);
    expect(readFileSync(made.path ?? '', 'utf8')).toBe(`${made.text}\n`);
    expect(statSync(made.path ?? '').mode & 0o777).toBe(0o600);
    expect(readToken(made.path ?? '')).toBe(made.text);
    made.remove();
    made.remove();
    expect(existsSync(made.path ?? '')).toBe(false);
  });

  it('replaces that of an earlier run, and is removed only while it is there', () => {
    const folder = tempFolder();
    const [first, second] = [makeToken({ XDG_RUNTIME_DIR: folder }), makeToken({ XDG_RUNTIME_DIR: folder })];
    expect(second.path).toBe(join(folder, 'tcp-info', 'live-token'));
    expect(statSync(join(folder, 'tcp-info')).mode & 0o777).toBe(0o700);
    expect(second.text).not.toBe(first.text);
    first.remove();
    expect(readToken(second.path ?? '')).toBe(second.text);
  });

  it('has no file without a runtime folder', () => {
    expect(makeToken({ RUNTIME_DIRECTORY: '', XDG_RUNTIME_DIR: '' }).path).toBeUndefined();
  });

  it('fails if its file cannot be written', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'tcp-info'), '');
    expect(() => makeToken({ XDG_RUNTIME_DIR: folder })).toThrow(/^token file .*live-token: cannot be written: E\w+$/);
    mkdirSync(join(folder, 'live-token', 'full'), { recursive: true });
    expect(() => makeToken({ RUNTIME_DIRECTORY: folder })).toThrow('cannot be written');
  });
});
