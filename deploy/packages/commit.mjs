#!/usr/bin/env node
// Writes dist/commit.json: the commit of dist/, for `--version` and the metric git_short_commit. Taken from git, or
// without .git from the environment variable GIT_COMMIT, if set.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Thrown when GIT_COMMIT is invalid. */
export class CommitError extends Error {}

/**
 * Returns the content of dist/commit.json for a folder of sources. `modified` is true when tracked files differ from
 * the commit; `time` is that of the commit, in seconds since 1970. Empty if the commit is unknown.
 * @throws CommitError
 */
export function findCommit(folder, env) {
  return commitOfGit(folder) ?? commitOfEnvironment(env) ?? {};
}

function commitOfGit(folder) {
  // Check this first: git would search the parent folders, and find a repository around an unpacked tarball.
  if (!existsSync(join(folder, '.git'))) return undefined;
  const git = (...args) =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  try {
    const [commit, time] = git('log', '-1', '--format=%H %ct').split(' ');
    const modified = git('status', '--porcelain', '--untracked-files=no') !== '';
    return { commit, time: Number(time), modified };
  } catch (error) {
    // No git, no commit yet, or a folder of another user. Not an error, but report it.
    const reason = (error.stderr?.trim() || error.message).split('\n', 1)[0];
    process.stderr.write(`commit.mjs: cannot get the commit from git: ${reason}\n`);
    return undefined;
  }
}

function commitOfEnvironment({ GIT_COMMIT: commit = '' }) {
  if (commit === '') return undefined;
  if (!/^[0-9a-f]{7,64}$/i.test(commit)) {
    throw new CommitError(`GIT_COMMIT=${commit}: expected a commit's hash, 7 or more hexadecimal digits`);
  }
  return { commit: commit.toLowerCase(), modified: false };
}

/** Writes the file, unless it has this content already. */
export function writeCommit(path, found) {
  const text = `${JSON.stringify(found)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    writeCommit(join(root, 'dist', 'commit.json'), findCommit(root, process.env));
  } catch (error) {
    process.stderr.write(error instanceof CommitError ? `${error.message}\n` : `${error.stack}\n`);
    process.exitCode = 1;
  }
}
