#!/usr/bin/env node
// Checks the includes of the C++ sources in native/src against the layers of docs/architecture.md:
//
//   node .ci/checks/native-layers.mjs [FOLDER]
//
// Prints file, line and include of each fault; exits with 1 if there is one.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders that the files of each folder may include, besides their own. `.` is the binding to Node. */
export const LAYERS = {
  util: [],
  netlink: ['util'],
  table: ['netlink', 'util'],
  poll: ['table', 'netlink', 'util'],
  listen: ['netlink', 'util'],
  capture: ['netlink', 'util'],
  watch: ['table', 'netlink', 'util'],
  work: ['util'],
  proc: ['util'],
  relay: ['util'],
  lines: ['util'],
  '.': ['poll', 'listen', 'capture', 'watch', 'table', 'netlink', 'work', 'proc', 'relay', 'lines', 'util'],
};
/** Folders without the headers of Node-API: the C++ tests and the fuzzer link all their files. */
const WITHOUT_NODE = ['netlink', 'table', 'poll', 'listen', 'capture', 'watch', 'relay', 'lines'];
const NODE_API = 'napi.h';

/** Returns the faults of one source: `{ line, include, reason }`. `path` is relative to native/src. */
export function includeFaults(path, source) {
  const folder = posix.dirname(path);
  const below = LAYERS[folder];
  if (below === undefined) return [{ line: 1, include: path, reason: `${folder}/ is not in the table of layers` }];
  return source.split('\n').flatMap((text, index) => {
    const [, mark, include] = /^\s*#\s*include\s*([<"])([^>"]+)/.exec(text) ?? [];
    if (include === undefined) return [];
    const reason = mark === '<' ? systemFault(folder, include) : ownFault(folder, below, include);
    return reason === undefined ? [] : [{ line: index + 1, include, reason }];
  });
}

function systemFault(folder, include) {
  return include === NODE_API && WITHOUT_NODE.includes(folder) ? `${folder}/ does not use Node-API` : undefined;
}

function ownFault(folder, below, include) {
  const target = posix.dirname(posix.join(folder, include));
  if (target === folder || below.includes(target)) return undefined;
  return `${folder} may include only: ${[folder, ...below].join(', ')}`;
}

function main(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((path) => /\.(?:cc|h)$/.test(path));
  if (files.length === 0) throw new Error(`no C++ source in ${folder}`);
  let count = 0;
  for (const path of files.sort()) {
    for (const { line, include, reason } of includeFaults(path, readFileSync(join(folder, path), 'utf8'))) {
      process.stdout.write(`${join(folder, path)}:${line}: "${include}": ${reason}\n`);
      count++;
    }
  }
  process.stdout.write(
    count === 0 ? `Native layers: nothing found in ${files.length} files\n` : `Native layers: ${count} faults\n`,
  );
  if (count > 0) process.exitCode = 1;
}

const script = fileURLToPath(import.meta.url);
if (process.argv[1] === script) main(process.argv[2] ?? join(dirname(script), '../../native/src'));
