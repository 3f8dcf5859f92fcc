import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readToken } from '../../../live/api/gate/token.js';
import { tokenFolder, writeTokenFile } from '../../../live/api/gate/token-file.js';
import { tempFolder } from '../../support/temp.js';

const [FIRST, SECOND, THIRD] = ['a-first-random-token', 'a-second-random-token', 'a-third-random-token'];

describe('the folder of a random token', () => {
  it.each([
    [{ RUNTIME_DIRECTORY: '/a:/b', XDG_RUNTIME_DIR: '/c' }, '/a'],
    [{ RUNTIME_DIRECTORY: '', XDG_RUNTIME_DIR: '/c' }, '/c/tcp-info'],
    [{ RUNTIME_DIRECTORY: '', XDG_RUNTIME_DIR: '' }, undefined],
    [{}, undefined],
  ])('of %j is %s', (environment, folder) => {
    expect(tokenFolder(environment)).toBe(folder);
  });
});

describe('the file of a random token', () => {
  it('is for its owner only, until it is removed', () => {
    const folder = join(tempFolder(), 'tcp-info');
    const file = writeTokenFile(folder, FIRST, 7071);
    expect(file.path).toBe(join(folder, 'live-token'));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(readFileSync(file.path, 'utf8')).toBe(`${FIRST}\n`);
    expect(readToken(file.path)).toBe(FIRST);
    file.remove();
    file.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves that of a running collector alone', () => {
    const folder = tempFolder();
    const first = writeTokenFile(folder, FIRST, 7071);
    const second = writeTokenFile(folder, SECOND, 7072);
    expect(second.path).toBe(join(folder, 'live-token-7072'));
    expect([readToken(first.path), readToken(second.path)]).toEqual([FIRST, SECOND]);
    const files = readdirSync(folder);
    expect(() => writeTokenFile(folder, THIRD, 7072)).toThrow(/live-token-7072: another collector that runs has it$/);
    expect(readdirSync(folder)).toEqual(files);
    second.remove();
    expect(readToken(first.path)).toBe(FIRST);
    first.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('replaces that of an ended process, also when its number is in use again', () => {
    for (const before of ['live-token.4194304999.1.ab', `live-token.${process.pid}.1.ab`]) {
      const folder = tempFolder();
      writeFileSync(join(folder, before), FIRST, { mode: 0o600 });
      symlinkSync(before, join(folder, 'live-token'));
      const file = writeTokenFile(folder, SECOND, 7071);
      expect(file.path).toBe(join(folder, 'live-token'));
      expect(readToken(file.path)).toBe(SECOND);
      expect(readdirSync(folder).sort()).toEqual(['live-token', readlinkSync(file.path)]);
    }
  });

  it('replaces a file without an owner, and no file outside the folder', () => {
    const folder = tempFolder();
    const other = join(tempFolder(), 'other');
    writeFileSync(other, 'precious');
    writeFileSync(join(folder, 'live-token'), 'of an earlier version');
    const file = writeTokenFile(folder, FIRST, 7071);
    expect(readToken(file.path)).toBe(FIRST);
    file.remove();
    symlinkSync(other, join(folder, 'live-token'));
    expect(readToken(writeTokenFile(folder, SECOND, 7071).path)).toBe(SECOND);
    expect(readFileSync(other, 'utf8')).toBe('precious');
  });

  it('stays when another collector has replaced it', () => {
    const folder = tempFolder();
    const file = writeTokenFile(folder, FIRST, 7071);
    writeFileSync(join(folder, 'new'), SECOND, { mode: 0o600 });
    file.remove();
    symlinkSync('new', join(folder, 'live-token'));
    file.remove();
    expect(readToken(join(folder, 'live-token'))).toBe(SECOND);
  });

  it('fails if it cannot be written, and leaves nothing', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    expect(() => writeTokenFile(join(folder, 'file'), FIRST, 1)).toThrow(
      /^token file .*live-token: cannot be written: E\w+$/,
    );
    mkdirSync(join(folder, 'live-token', 'full'), { recursive: true });
    expect(() => writeTokenFile(folder, FIRST, 1)).toThrow('cannot be written');
    expect(readdirSync(folder).sort()).toEqual(['file', 'live-token']);
  });
});
