#!/usr/bin/env node
// Formats the C++ sources with clang-format and the style in .clang-format.
//
//   node native/format.mjs --check | --write

import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fail, sourcesIn } from './build.mjs';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));

/** Returns the binary of the npm package, so that the result is the same everywhere, or else the system's. */
async function findClangFormat() {
  try {
    const binary = createRequire(import.meta.url)('clang-format').getNativeBinary();
    await run(binary, ['--version']);
    return binary;
  } catch {
    return 'clang-format'; // the package does not have a binary for every system
  }
}

async function isFormatted(clangFormat, file) {
  const { stdout } = await run(clangFormat, ['--output-replacements-xml', file]);
  return !stdout.includes('<replacement ');
}

async function check(clangFormat, files) {
  const good = await Promise.all(files.map((file) => isFormatted(clangFormat, file)));
  const bad = files.filter((_, index) => !good[index]);
  for (const file of bad) process.stderr.write(`${relative('.', file)} is not formatted\n`);
  if (bad.length > 0) process.exitCode = 1;
}

async function main(option) {
  const files = [
    'src',
    'test',
    'fuzz',
    '../bench/load',
    '../bench/floor',
    '../bench/relay-load',
    '../bench/relay-floor',
  ].flatMap((folder) => sourcesIn(join(here, folder), /\.(h|cc)$/));
  const clangFormat = await findClangFormat();
  if (option === '--write') {
    await run(clangFormat, ['-i', ...files]);
  } else if (option === '--check') {
    await check(clangFormat, files);
  } else {
    process.stderr.write('usage: node native/format.mjs --check | --write\n');
    process.exitCode = 2;
  }
}

await main(process.argv[2]).catch(fail);
