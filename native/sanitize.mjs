#!/usr/bin/env node
// Runs the tests under sanitizers: the C++ tests with address, leak and undefined behaviour, then with thread; then the
// addon's tests in Node with address and undefined behaviour and constant garbage collection. Any report is a failure.
//
//   node native/sanitize.mjs [--integration [FILE...]]
//
// --integration runs the integration tests instead, or those of these files. Every program in them runs under address
// and undefined behaviour sanitizers, with constant garbage collection.

import { execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BuildError, build, buildAddon, compiler, fail, sourcesIn, sourcesWithoutNode } from './build.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);

async function run(name, command, args, env = {}) {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (...result) => resolve(result));
  });
  if (code !== 0) throw new BuildError(`${name} failed (${signal ?? `exit status ${code}`})`);
}

async function cppTests(kind, env, ...args) {
  const output = join(here, 'build', kind, 'tests');
  const sources = [...sourcesWithoutNode(), ...sourcesIn(join(here, 'test'), /\.cc$/)];
  await build({ sources, output, kind });
  await run(`C++ tests (${kind})`, output, args, env);
}

/** Returns the path of a sanitizer's library, which must be loaded before node. */
function runtime(name) {
  const { command, args } = compiler();
  return execFileSync(command, [...args, `-print-file-name=${name}`], { encoding: 'utf8' }).trim();
}

/**
 * Options of the address sanitizer. Leaks are not reported: V8 frees nothing at exit. Freed memory is overwritten,
 * because the sanitizer does not see reads by libzstd, which is not instrumented.
 */
const ADDRESS = 'detect_leaks=0:abort_on_error=1:max_free_fill_size=16777216:free_fill_byte=219';

async function nodeTests(project, ...filters) {
  const say = (line) => process.stdout.write(`${line}\n`);
  say(await buildAddon('Sanitize', say));
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  // The integration tests take an hour and more: each line of the verbose reporter is a test that has ended.
  const args = [vitest, 'run', '--project', project, '--reporter', 'verbose', ...filters];
  await run(`${project} tests`, process.execPath, args, {
    LD_PRELOAD: `${runtime('libasan.so')} ${runtime('libstdc++.so')}`,
    ASAN_OPTIONS: ADDRESS,
    UBSAN_OPTIONS: 'print_stacktrace=1',
    NODE_OPTIONS: `--import=${pathToFileURL(join(here, 'collect-often.mjs')).href}`,
    TCP_INFO_NETLINK_ADDON: join(here, 'build', 'Sanitize', 'netlink.node'),
  });
}

async function main() {
  const [option, ...files] = process.argv.slice(2);
  if (option === '--integration') return await nodeTests('integration', ...files);
  if (option !== undefined) throw new BuildError(`sanitize.mjs: unknown option ${option}; known is --integration`);
  await cppTests('Sanitize', { ASAN_OPTIONS: 'detect_leaks=1', UBSAN_OPTIONS: 'print_stacktrace=1' });
  await cppTests('Thread', { TSAN_OPTIONS: 'halt_on_error=1' });
  await nodeTests('unit', 'test/native');
}

await main().catch(fail);
