#!/usr/bin/env node
// Bundles what `tcp-info` loads first, and a list of flows, after the build of dist/: each bundle replaces the file that tsc
// made of its entry. Loading a module takes a third of a millisecond of CPU, and such a list needs a hundred of them.
//
// A dynamic import stays one: of an inlined module, whose code runs when it is imported, or of another file of dist/.
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
/** Entries, and modules that they import dynamically and yet contain. */
export const BUNDLES = [
  { entry: 'cmd/tcp-info/main', inline: ['cmd/tcp-info/run'] },
  { entry: 'cmd/tcp-info/conntrack/command', inline: ['cmd/tcp-info/conntrack/list-lines'] },
];
const SOURCE = /\.ts$/;

/** Leaves other dynamic imports to the files of dist/. */
const split = ({ entry, inline }) => ({
  name: 'split',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, importer, path: wanted }) => {
      if (kind !== 'dynamic-import') return undefined;
      const module = relative(ROOT, join(dirname(importer), wanted)).replace(/\.js$/, '');
      if (inline.includes(module)) return undefined;
      const path = relative(dirname(entry), module);
      return { path: `${path.startsWith('.') ? '' : './'}${path}.js`, external: true };
    });
  },
});

/** Makes `import.meta` of a bundled module that of its own file in dist/, which finds other files beside it. */
const ownPlace = ({ entry }) => ({
  name: 'own-place',
  setup({ onLoad }) {
    onLoad({ filter: SOURCE }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const module = relative(join(ROOT, dirname(entry)), path).replace(SOURCE, '.js');
      const url = (of) => `new URL(${JSON.stringify(of)}, import.meta.url)`;
      const contents = text
        .replaceAll('import.meta.url', `${url(module)}.href`)
        .replaceAll('import.meta.dirname', `decodeURIComponent(${url(dirname(module))}.pathname)`);
      return { contents, loader: 'ts' };
    });
  },
});

/** Replaces what commander needs only to start other programs, which none of ours does: it loads sockets and more. */
const noProcesses = {
  name: 'no-processes',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, () => ({ path: 'none', namespace: 'none' }));
    onLoad({ filter: /./, namespace: 'none' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Returns the names of the packages that a bundle contains. */
function packagesIn({ inputs }) {
  return new Set(Object.keys(inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
}

async function licenseOf(name) {
  const license = await readFile(join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8');
  return `/*! Contains ${name}:\n\n${license.trim().replaceAll('*/', '* /')}\n*/\n`;
}

/** Packages of CommonJS load modules of Node.js by it. */
const REQUIRE = `
import { createRequire as createBundleRequire } from 'node:module';
const require = createBundleRequire(import.meta.url);`;

/** Makes a bundle, and returns esbuild's result, whose `metafile` says what the bundle consists of. */
export async function bundle(parts, { write }) {
  const options = {
    absWorkingDir: ROOT,
    entryPoints: [`${parts.entry}.ts`],
    outfile: `dist/${parts.entry}.js`,
    // Replaces the file that tsc made.
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [split(parts), ownPlace(parts), noProcesses],
  };
  const { metafile } = await build({ ...options, write: false });
  const names = [...packagesIn(metafile)];
  if (names.length === 0) return await build({ ...options, write });
  const footer = { js: (await Promise.all(names.map(licenseOf))).join('') };
  return await build({ ...options, banner: { js: REQUIRE.trim() }, footer, write });
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? '')).href) {
  for (const parts of BUNDLES) await bundle(parts, { write: true });
}
