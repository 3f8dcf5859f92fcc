#!/usr/bin/env node
// Writes dist/commit.json: the commit that dist/ is built from, which `--version` and the metric git_short_commit show.
// From git; where there is no .git, from the environment variable GIT_COMMIT; else there is none.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** GIT_COMMIT cannot be used as it is. */
export class CommitError extends Error {}

/**
 * What dist/commit.json is to say of a folder of sources. `modified`: files that git knows differ from the commit.
 * `time` is the commit's, in seconds since 1970. Without any of them nothing is known.
 * @throws CommitError
 */
export function findCommit(folder, env) {
  return commitOfGit(folder) ?? commitOfEnvironment(env) ?? {};
}

function commitOfGit(folder) {
  // Looked at first: git would go on to the folders above, and find what contains an unpacked tarball.
  if (!existsSync(join(folder, '.git'))) return undefined;
  const git = (...args) =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  try {
    const [commit, time] = git('log', '-1', '--format=%H %ct').split(' ');
    const modified = git('status', '--porcelain', '--untracked-files=no') !== '';
    return { commit, time: Number(time), modified };
  } catch (error) {
    // No git, no commit yet, or a folder of somebody else's: the program is none the worse, but it is to be known.
    const reason = (error.stderr?.trim() || error.message).split('\n', 1)[0];
    process.stderr.write(`commit.mjs: git does not tell the commit: ${reason}\n`);
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

/** Writes the file, unless it says so already. */
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
