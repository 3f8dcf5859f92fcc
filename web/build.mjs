#!/usr/bin/env node
// Bundles the page for browsers: web/ → dist/web/, with names that change with their content.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const OUTPUT = join(ROOT, 'dist', 'web');

await rm(OUTPUT, { recursive: true, force: true });
await mkdir(OUTPUT, { recursive: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: { page: 'web/main.tsx' },
  outdir: 'dist/web',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: ['chrome109', 'firefox115', 'safari16.4'],
  minify: true,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  tsconfig: 'web/tsconfig.json',
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
});

const script = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === 'web/main.tsx');
if (script?.[1].cssBundle === undefined) throw new Error('the bundle has no script with a style sheet');
const name = (path) => `/${path.slice('dist/web/'.length)}`;
const html = (await readFile(join(ROOT, 'web', 'index.html'), 'utf8'))
  .replace('{script}', name(script[0]))
  .replace('{style}', name(script[1].cssBundle));
await writeFile(join(OUTPUT, 'index.html'), html);
