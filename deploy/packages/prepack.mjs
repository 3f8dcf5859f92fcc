#!/usr/bin/env node
// Builds all files of the npm package, before it is packed: dist/ without output of deleted sources, the page, manual
// pages, completion scripts, and the addons in native/prebuilds.
//
// TCP_INFO_PREBUILDS is a comma-separated list of targets, or none. Default: all targets of
// native/prebuild/prebuild.mjs. A missing cross compiler is an error, reported before anything is built.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildError, fail } from '../../native/build.mjs';
import { missingTools, prebuild, TARGETS } from '../../native/prebuild/prebuild.mjs';
import { findCommit } from './commit.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

// stdout of scripts becomes part of npm's own output, which programs parse.
const say = (line) => process.stderr.write(`prepack: ${line}\n`);

function run(...args) {
  execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
}

/** Returns the files of dist/ that tsc makes from the current sources. */
function compiled() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const listed = execFileSync(process.execPath, [tsc, '-p', root, '--listFilesOnly'], { encoding: 'utf8' });
  const sources = listed.split('\n').filter((path) => path.endsWith('.ts') && !path.includes('/node_modules/'));
  const stems = sources.map((path) => relative(root, path).replace(/\.ts$/, ''));
  return new Set(stems.flatMap((stem) => ['.js', '.js.map', '.d.ts'].map((ending) => stem + ending)));
}

/** Removes the output of renamed or deleted sources. */
function removeLeftovers(folder) {
  const known = compiled();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (!entry.isFile() || known.has(name) || name === '.tsbuildinfo') continue;
    rmSync(path);
  }
}

function wanted(list) {
  if (list === undefined || list === '') return Object.keys(TARGETS);
  if (list === 'none') return [];
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => TARGETS[name] === undefined);
  if (unknown === undefined) return names;
  throw new BuildError(
    `TCP_INFO_PREBUILDS=${list}: ${unknown} is not one of ${Object.keys(TARGETS).join(', ')}, or none`,
  );
}

/** Returns a hint how to pack without targets that cannot be built here. */
function without(names, failing) {
  const left = names.filter((name) => !failing.includes(name));
  const none = 'TCP_INFO_PREBUILDS=none packs none';
  if (left.length === 0) return `prepack: or pack without: ${none}`;
  return `prepack: or pack without: TCP_INFO_PREBUILDS=${left.join(',')} npm pack; ${none}`;
}

/** Checks for missing compilers at once, and not after a minute of compiling. @throws BuildError */
async function requireTools(names) {
  const needs = await Promise.all(names.map(async (name) => ({ name, ...(await missingTools(name)) })));
  const failing = needs.filter(({ missing }) => missing.length > 0);
  if (failing.length === 0) return;
  const lines = failing.map(({ name, missing, install }) => `${name}: no ${missing.join(', ')}: ${install}`);
  const hint = without(
    names,
    failing.map(({ name }) => name),
  );
  throw new BuildError(`${lines.join('\nprepack: ')}\n${hint}`);
}

async function prebuildAll(names) {
  for (const name of names) {
    try {
      say(await prebuild(name, say));
    } catch (cause) {
      if (!(cause instanceof BuildError)) throw cause;
      throw new BuildError(`${name}: ${cause.message.trimEnd()}\n${without(names, [name])}`, { cause });
    }
  }
  const folder = join(root, 'native/prebuilds');
  try {
    for (const name of readdirSync(folder)) {
      if (names.includes(name)) continue;
      rmSync(join(folder, name), { recursive: true });
      say(`native/prebuilds/${name} removed: not in TCP_INFO_PREBUILDS`);
    }
  } catch (error) {
    if (error.code !== 'ENOENT') throw error; // no prebuilds
  }
}

try {
  const names = wanted(process.env.TCP_INFO_PREBUILDS);
  await requireTools(names);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { commit, modified } = findCommit(root, process.env);
  if (commit === undefined) say(`warning: the commit of ${version} is not known: set GIT_COMMIT`);
  if (modified) say(`warning: files differ from commit ${commit.slice(0, 7)}; the package's version shows this`);
  run(join(root, 'node_modules/typescript/bin/tsc'), '-p', root);
  removeLeftovers(join(root, 'dist'));
  run(join(root, 'cmd/bundle.mjs'));
  run(join(root, 'deploy/packages/commit.mjs'));
  run(join(root, 'web/build.mjs'));
  run(join(root, 'deploy/packages/manual.mjs'));
  await prebuildAll(names);
} catch (error) {
  if (error instanceof BuildError) error.message = `prepack: ${error.message}`;
  fail(error);
}
