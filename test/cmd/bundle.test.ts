import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUNDLES, bundle } from '../../cmd/bundle.mjs';

const ROOT = join(import.meta.dirname, '../..');

/** Makes a bundle, and returns what it consists of. */
async function made(entry: string) {
  const parts = BUNDLES.find((each) => each.entry === entry);
  if (parts === undefined) throw new Error(`no bundle ${entry}`);
  const { metafile, outputFiles } = await bundle(parts, { write: false });
  const output = Object.values(metafile?.outputs ?? {}).find(({ entryPoint }) => entryPoint !== undefined);
  return {
    folder: dirname(entry),
    inputs: Object.keys(metafile?.inputs ?? {}),
    imports: output?.imports ?? [],
    text: outputFiles?.find(({ path }) => path.endsWith('.js'))?.text ?? '',
  };
}

describe('the bundles of tcp-info', async () => {
  const main = await made('cmd/tcp-info/main');
  const conntrack = await made('cmd/tcp-info/conntrack/command');

  it('contain what is loaded first, and a list of flows', () => {
    expect(main.inputs.filter((path) => !/^cmd\/(tcp-info\/[\w-]+\.ts|tool\/|flags\/|no-debugger)/.test(path))).toEqual(
      [],
    );
    expect(main.inputs).toContain('cmd/tcp-info/subcommands.ts');
    expect(conntrack.inputs).toContain('conntrack/socket/listing.ts');
    const others = /^(collector|daemon|live\/(?!client)|saver|fields|expression|cmd\/tcp-info\/(?!conntrack))\//;
    expect(conntrack.inputs.filter((path) => others.test(path))).toEqual([]);
  });

  it.each([main, conntrack])('import files of dist/ only when they are needed, and each has a source', (each) => {
    const files = each.imports.filter(({ path }) => path.startsWith('.'));
    expect(files.length).toBeGreaterThan(4);
    for (const { kind, path } of files) {
      expect(kind).toBe('dynamic-import');
      expect(existsSync(join(ROOT, each.folder, path.replace(/\.js$/, '.ts'))), path).toBe(true);
    }
  });

  it('load no module of Node.js that is slow to load', () => {
    const modulesOf = ({ imports }: typeof main): string[] =>
      [...new Set(imports.map(({ path }) => path).filter((path) => !path.startsWith('.')))].toSorted();
    expect(modulesOf(main)).toEqual(['node:os']);
    expect(modulesOf(conntrack)).toEqual([
      'node:events',
      'node:fs',
      'node:fs/promises',
      'node:module',
      'node:os',
      'node:path',
      'node:process',
      'node:string_decoder',
      'node:timers/promises',
      'node:url',
      'node:util',
    ]);
  });

  it('find the files beside their modules', () => {
    const place = /new URL\("([^"]+)", import\.meta\.url\)/g;
    const places = [...conntrack.text.matchAll(place)].map(([, path = '']) => path);
    expect(new Set(places)).toEqual(new Set(['../../../native/index.js', '../../../native']));
    expect(conntrack.text.replaceAll(place, '').match(/import\.meta\.\w+/g)).toEqual(['import.meta.url']);
    expect(main.text).not.toContain('import.meta');
  });

  it('have the license of each package that they contain', () => {
    const packages = conntrack.inputs.flatMap((path) => /^node_modules\/([^/]+)\//.exec(path)?.[1] ?? []);
    expect(new Set(packages)).toEqual(new Set(['commander']));
    expect(conntrack.text).toContain('/*! Contains commander:\n\n(The MIT License)');
  });
});
