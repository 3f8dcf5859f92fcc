#!/usr/bin/env node
// Bundles what `tcp-info` loads first into one file, after the build of dist/: dist/cmd/tcp-info/main.js. Loading a module
// takes a third of a millisecond of CPU, and a list of flows needs a hundred of them.
//
// A dynamic import stays one: of a module in INLINE, whose code runs when it is imported, or of the file that tsc made.
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const ENTRY = 'cmd/tcp-info/main';
/** Modules that are imported dynamically and yet bundled: those of a list of flows as lines of JSON. */
const INLINE = ['cmd/tcp-info/run', 'cmd/tcp-info/conntrack/command', 'cmd/tcp-info/conntrack/list-lines'];
const SOURCE = /\.ts$/;

/** Leaves other dynamic imports to the files beside the bundle. */
const split = {
  name: 'split',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, importer, path }) => {
      if (kind !== 'dynamic-import') return undefined;
      const module = relative(ROOT, join(dirname(importer), path)).replace(/\.js$/, '');
      if (INLINE.includes(module)) return undefined;
      return { path: `./${relative(dirname(ENTRY), module)}.js`, external: true };
    });
  },
};

/** Makes `import.meta` of a bundled module that of its own file in dist/, which finds other files beside it. */
const ownPlace = {
  name: 'own-place',
  setup({ onLoad }) {
    onLoad({ filter: SOURCE }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const module = relative(join(ROOT, dirname(ENTRY)), path).replace(SOURCE, '.js');
      const url = (of) => `new URL(${JSON.stringify(of)}, import.meta.url)`;
      const contents = text
        .replaceAll('import.meta.url', `${url(module)}.href`)
        .replaceAll('import.meta.dirname', `decodeURIComponent(${url(dirname(module))}.pathname)`);
      return { contents, loader: 'ts' };
    });
  },
};

/** Replaces what commander needs only to start other programs, which none of ours does: it loads sockets and more. */
const noProcesses = {
  name: 'no-processes',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, () => ({ path: 'none', namespace: 'none' }));
    onLoad({ filter: /./, namespace: 'none' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Returns the licenses of the packages that a bundle contains, as a comment. */
async function licensesOf(inputs) {
  const names = inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  const texts = [...new Set(names)].map(async (name) => {
    const license = await readFile(join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8');
    return `/*! Contains ${name}:\n\n${license.trim().replaceAll('*/', '* /')}\n*/\n`;
  });
  return (await Promise.all(texts)).join('');
}

/** Bundles, and returns esbuild's result, whose `metafile` says what the bundle consists of. */
export async function bundle({ write }) {
  const options = {
    absWorkingDir: ROOT,
    entryPoints: [`${ENTRY}.ts`],
    outfile: `dist/${ENTRY}.js`,
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
    plugins: [split, ownPlace, noProcesses],
    // commander is CommonJS.
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
    },
  };
  const { metafile } = await build({ ...options, write: false });
  const footer = { js: await licensesOf(Object.keys(metafile.inputs)) };
  return await build({ ...options, footer, write });
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? '')).href) await bundle({ write: true });
