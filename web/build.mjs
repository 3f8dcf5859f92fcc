#!/usr/bin/env node
// Bundles the page for browsers: web/ → dist/web/, with names that change with their content.
//
// index.html, its scripts and one style sheet, notices.txt with the licences of what is bundled, each also in gzip, and
// files.json, the list by which live/api serves them.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const OUTPUT = join(ROOT, 'dist', 'web');
const ENTRY = 'web/main.tsx';

/** Options of both bundles. */
const SHARED = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  outdir: 'dist/web',
  target: ['chrome109', 'firefox115', 'safari16.4'],
  entryNames: '[name]-[hash]',
  legalComments: 'none',
  logLevel: 'warning',
};

/**
 * Returns the files of the page by their names.
 * @returns {Promise<Map<string, Buffer>>}
 */
export async function buildPage() {
  const sheets = new Set();
  const scripts = await build({
    ...SHARED,
    entryPoints: { page: ENTRY },
    splitting: true,
    format: 'esm',
    chunkNames: '[name]-[hash]',
    tsconfig: 'web/tsconfig.json',
    plugins: [gatherSheets(sheets)],
  });
  const style = await build({
    ...SHARED,
    stdin: { contents: imports(sheets), resolveDir: ROOT, sourcefile: 'page.css', loader: 'css' },
    entryNames: 'page-[hash]',
  });
  const files = new Map();
  for (const { path, contents } of [...scripts.outputFiles, ...style.outputFiles]) {
    files.set(relative(OUTPUT, path), Buffer.from(contents));
  }
  files.set('index.html', Buffer.from(await index(scripts.metafile, nameOf(style.outputFiles[0].path))));
  files.set('notices.txt', Buffer.from(await notices([scripts.metafile, style.metafile])));
  return files;
}

/** Plugin that gathers the style sheets of all scripts: those of scripts that are loaded later would not be loaded. */
function gatherSheets(sheets) {
  return {
    name: 'gather-sheets',
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /\.css$/ }, async ({ path, resolveDir, kind, pluginData }) => {
        if (pluginData === 'inner') return undefined;
        const { errors, path: found } = await resolve(path, { resolveDir, kind, pluginData: 'inner' });
        if (errors.length > 0) return { errors };
        sheets.add(found);
        return { path: found, namespace: 'sheet' };
      });
      onLoad({ filter: /.*/, namespace: 'sheet' }, () => ({ contents: '', loader: 'js' }));
    },
  };
}

/** Returns the imports of style sheets: of libraries, then the base, then by name, whatever the order of the scripts. */
function imports(sheets) {
  const rank = (path) => (path.includes('node_modules') ? 0 : path.startsWith('web/style/') ? 1 : 2);
  const paths = [...sheets].map((path) => relative(ROOT, path));
  paths.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return paths.map((path) => `@import "./${path}";\n`).join('');
}

/** Returns the document, which names the first script, the scripts that it imports, and the style sheet. */
async function index({ outputs }, style) {
  const [script] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === ENTRY);
  const preloads = importedBy(script, outputs).map((path) => `<link rel="modulepreload" href="${nameOf(path)}">`);
  const values = { script: nameOf(script), style, preloads: preloads.join('\n    ') };
  const template = await readFile(join(ROOT, 'web', 'index.html'), 'utf8');
  const text = template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  return text.replace(/^ +\n/gm, '');
}

/** Returns the outputs that a script needs before it runs. */
function importedBy(script, outputs, seen = new Set()) {
  for (const { path, kind } of outputs[script].imports) {
    if (kind !== 'import-statement' || seen.has(path)) continue;
    seen.add(path);
    importedBy(path, outputs, seen);
  }
  return [...seen];
}

function nameOf(path) {
  return `/${path.slice(path.lastIndexOf('/') + 1)}`;
}

/** Returns the licences of the packages that are bundled. @throws for a package without one */
async function notices(metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.replace(/^sheet:/, '')) ?? []);
  const parts = await Promise.all([...new Set(folders)].sort().map(notice));
  return `The page of tcp-info contains these packages.\n${parts.join('')}`;
}

async function notice(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
  const file = (await readdir(join(ROOT, folder))).find((each) => /^licen[cs]e(\.\w+)?$/i.test(each));
  if (file === undefined) throw new Error(`${folder} has no licence`);
  const text = await readFile(join(ROOT, folder, file), 'utf8');
  return `\n${name} ${version} (${license})\n\n${text.trim()}\n`;
}

/**
 * Returns the list of files, with hashes of their contents.
 * @param {ReadonlyMap<string, Buffer>} files
 */
export function list(files) {
  const listed = [...files].map(([name, content]) => ({
    name,
    hash: createHash('sha256').update(content).digest('base64url').slice(0, 16),
  }));
  listed.sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${JSON.stringify({ files: listed }, undefined, 2)}\n`;
}

/** Writes the files, and the list after them; then removes those of earlier builds. */
async function writePage(files, folder) {
  const all = new Map();
  for (const [name, content] of files) {
    all.set(name, content);
    all.set(`${name}.gz`, gzipSync(content, { level: 9 }));
  }
  all.set('files.json', list(files));
  for (const [name, content] of all) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  for (const name of await readdir(folder)) if (!all.has(name)) await rm(join(folder, name), { recursive: true });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writePage(await buildPage(), OUTPUT);
}
