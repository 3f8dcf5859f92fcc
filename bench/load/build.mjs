#!/usr/bin/env node
// Builds the load generator, unless it is newer than its sources: `node bench/load/build.mjs` prints where it is.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, fail, sourcesIn } from '../../native/build.mjs';

const here = import.meta.dirname;
const output = join(here, '../../native/build/load/load');

/** Where the program is; it is there when this resolves. */
export async function buildLoad() {
  const newest = Math.max(...sourcesIn(here, /\.(cc|h)$/).map((path) => statSync(path).mtimeMs));
  if (!existsSync(output) || statSync(output).mtimeMs < newest) {
    await build({ sources: sourcesIn(here, /\.cc$/), output, kind: 'Release' });
  }
  return output;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildLoad().then((path) => process.stdout.write(`${path}\n`), fail);
}
