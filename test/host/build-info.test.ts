import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommitError, findCommit, writeCommit } from '../../deploy/packages/commit.mjs';
import { buildCommit, packageVersion, versionLine } from '../../host/build-info.js';
import { tempFolder } from '../support/temp.js';

const HASH = 'd72b41f0123456789abcdef0123456789abcdef0';

function git(folder: string, ...args: readonly string[]): string {
  const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
  return execFileSync('git', ['-C', folder, ...who, ...args], { env, encoding: 'utf8' }).trim();
}

function repository(folder: string): string {
  git(folder, 'init', '-q');
  writeFileSync(join(folder, 'file'), 'one\n');
  git(folder, 'add', 'file');
  git(folder, 'commit', '-q', '-m', 'one');
  return git(folder, 'rev-parse', 'HEAD');
}

describe('the commit of a build', () => {
  it('is that of git, and shows whether files differ from it', () => {
    const folder = tempFolder();
    const commit = repository(folder);
    expect(findCommit(folder, { GIT_COMMIT: HASH })).toMatchObject({ commit, modified: false });
    writeFileSync(join(folder, 'new'), 'git does not know this file\n');
    expect(findCommit(folder, {})).toMatchObject({ commit, modified: false });
    writeFileSync(join(folder, 'file'), 'two\n');
    expect(findCommit(folder, {})).toMatchObject({ commit, modified: true });
  });

  it('is that of the environment without .git, though a parent folder has one', () => {
    const folder = tempFolder();
    repository(folder);
    const inner = join(folder, 'unpacked');
    mkdirSync(inner);
    expect(findCommit(inner, { GIT_COMMIT: HASH.toUpperCase() })).toEqual({ commit: HASH, modified: false });
    expect(findCommit(inner, { GIT_COMMIT: '' })).toEqual({});
    expect(findCommit(inner, {})).toEqual({});
  });

  it.for(['master', '12345', `${HASH};`, ' '])('is not %j', (GIT_COMMIT) => {
    const folder = tempFolder();
    expect(() => findCommit(folder, { GIT_COMMIT })).toThrow(CommitError);
  });

  it('is shown with seven digits', () => {
    const folder = tempFolder();
    const path = join(folder, 'dist', 'commit.json');
    expect(buildCommit(path)).toBeUndefined();
    writeCommit(path, {});
    expect(buildCommit(path)).toBeUndefined();
    writeCommit(path, { commit: HASH, modified: false });
    expect(buildCommit(path)).toEqual({ short: 'd72b41f', modified: false });
    expect(versionLine('csvtool', buildCommit(path))).toBe(`csvtool ${packageVersion()} (commit d72b41f)\n`);
    writeCommit(path, { commit: HASH, modified: true });
    expect(versionLine('csvtool', buildCommit(path))).toBe(
      `csvtool ${packageVersion()} (commit d72b41f, with changes)\n`,
    );
    for (const damaged of ['{', 'null', '']) {
      writeFileSync(path, damaged);
      expect(buildCommit(path)).toBeUndefined();
    }
  });
});
