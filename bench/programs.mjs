// The programs in C++ that benchmarks run, each in its folder: built when a source is newer.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, sourcesIn } from '../native/build.mjs';

const here = import.meta.dirname;
/** Sources beside a program's own folder. */
const SHARED = { load: [], floor: ['load/options.cc'] };

/**
 * Where a program is, `load` or `floor`; it is there when this resolves.
 * @throws BuildError
 */
export async function buildProgram(name) {
  const output = join(here, '../native/build', name, name);
  const shared = SHARED[name].map((path) => join(here, path));
  const sources = [...sourcesIn(join(here, name), /\.cc$/), ...shared];
  // The floor's beat is the collector's own.
  const folders = ['floor', 'load', '../native/src'].map((folder) => join(here, folder));
  const watched = [...sources, ...folders.flatMap((folder) => sourcesIn(folder, /\.h$/))];
  const newest = Math.max(...watched.map((path) => statSync(path).mtimeMs));
  if (!existsSync(output) || statSync(output).mtimeMs < newest) await build({ sources, output, kind: 'Release' });
  return output;
}
