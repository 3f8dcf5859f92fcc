import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../cmd/bundle.mjs';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = 'cmd/tcp-info';

describe('the bundle of tcp-info', async () => {
  const { metafile, outputFiles } = await bundle({ write: false });
  const inputs = Object.keys(metafile?.inputs ?? {});
  const output = Object.values(metafile?.outputs ?? {}).find(({ entryPoint }) => entryPoint !== undefined);
  const imports = output?.imports ?? [];
  const text = outputFiles?.find(({ path }) => path.endsWith('.js'))?.text ?? '';

  it('contains what a list of flows needs, and neither the collector nor other commands', () => {
    const commands = inputs.filter((path) => path.startsWith(`${FOLDER}/`) && path.split('/').length > 3);
    expect(new Set(commands.map((path) => path.split('/')[2]))).toEqual(new Set(['conntrack']));
    expect(inputs).toContain('conntrack/socket/listing.ts');
    expect(
      inputs.filter((path) => /^(collector|daemon|live\/(?!client)|saver|fields|expression)\//.test(path)),
    ).toEqual([]);
  });

  it('imports files of dist/ only when they are needed, and each has a source', () => {
    const files = imports.filter(({ path }) => path.startsWith('.'));
    expect(files.length).toBeGreaterThan(10);
    for (const { kind, path } of files) {
      expect(kind).toBe('dynamic-import');
      expect(existsSync(join(ROOT, FOLDER, path.replace(/\.js$/, '.ts'))), path).toBe(true);
    }
  });

  it('loads no module of Node.js that is slow to load', () => {
    const modules = imports.filter(({ path }) => !path.startsWith('.')).map(({ path }) => path);
    expect([...new Set(modules)].toSorted()).toEqual([
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

  it('finds the files beside its modules', () => {
    const places = [...text.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g)].map(([, place = '']) => place);
    expect(new Set(places)).toEqual(new Set(['../../native/index.js', '../../native']));
    expect(text.replaceAll(/new URL\("[^"]+", import\.meta\.url\)/g, '').match(/import\.meta\.\w+/g)).toEqual([
      'import.meta.url',
    ]);
  });

  it('has the license of each package that it contains', () => {
    const packages = inputs.flatMap((path) => /^node_modules\/([^/]+)\//.exec(path)?.[1] ?? []);
    expect(new Set(packages)).toEqual(new Set(['commander']));
    expect(text).toContain('/*! Contains commander:\n\n(The MIT License)');
  });
});
