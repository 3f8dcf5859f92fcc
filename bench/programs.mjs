// Builds the C++ programs of the benchmarks, each in its folder, when a source is newer.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, sourcesIn } from '../native/build.mjs';

const here = import.meta.dirname;
/** Additional sources outside a program's own folder. */
const SHARED = {
  load: [],
  'relay-load': [],
  'relay-floor': [],
  floor: ['load/options.cc', '../native/src/netlink/group-socket.cc', '../native/src/netlink/netlink-socket.cc'],
};

/**
 * Builds the program in a folder if necessary. Returns its path.
 * @throws BuildError
 */
export async function buildProgram(name) {
  const output = join(here, '../native/build', name, name);
  const shared = SHARED[name].map((path) => join(here, path));
  const sources = [...sourcesIn(join(here, name), /\.cc$/), ...shared];
  // The floor uses the collector's own beat.
  const folders = [name, 'floor', 'load', '../native/src'].map((folder) => join(here, folder));
  const watched = [...sources, ...folders.flatMap((folder) => sourcesIn(folder, /\.h$/))];
  const newest = Math.max(...watched.map((path) => statSync(path).mtimeMs));
  if (!existsSync(output) || statSync(output).mtimeMs < newest) await build({ sources, output, kind: 'Release' });
  return output;
}
