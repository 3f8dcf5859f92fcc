import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Returns the files that a module loads when it is loaded: imports of types and those in functions do not count. */
function loadedBy(path: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(path)) return found;
  found.add(path);
  const source = readFileSync(path, 'utf8');
  for (const [, names = '', specifier = ''] of source.matchAll(/^(?:import|export) ([^;]*?)from '(\.[^']+)';$/gms)) {
    const isType = /^type\b/.test(names) || /^\{(\s*type [^,}]+,?)+\s*\}\s*$/.test(names);
    const file = join(dirname(path), specifier.replace(/\.js$/, '.ts'));
    if (!isType && existsSync(file)) loadedBy(file, found);
  }
  return found;
}

/** Returns the files that a module of the project loads, as paths in it. */
const filesOf = (module: string): readonly string[] =>
  [...loadedBy(join(ROOT, module))].map((path) => relative(ROOT, path));

describe('the collector', () => {
  const WATCHES = /^(collector|live)\/watches\//;

  it('loads nothing of watches before the first one, with an API or without', () => {
    for (const module of ['cmd/tcp-info/program.ts', 'live/service/index.ts', 'live/feed/index.ts']) {
      expect(filesOf(module).filter((path) => WATCHES.test(path))).toEqual([]);
    }
    expect(filesOf('cmd/tcp-info/program.ts')).toContain('daemon/watches.ts');
  });

  it('loads no store without what asks for one', () => {
    const off = /^(live\/(store|feed|service|api|alerts|recorder)|collector\/recording)\//;
    expect(filesOf('cmd/tcp-info/program.ts').filter((path) => off.test(path))).toEqual([]);
  });
});

describe('the collector without -http.ports', () => {
  it('loads nothing of what reads HTTP', () => {
    const files = [...loadedBy(join(ROOT, 'cmd/tcp-info/program.ts'))].map((path) => relative(ROOT, path));
    expect(files).toContain('daemon/http.ts');
    expect(files).toContain('saver/exchange-files.ts');
    expect(files.filter((path) => /^(http|collector\/http|live\/exchanges)\//.test(path))).toEqual([]);
  });

  it('would load it with them', () => {
    const files = [...loadedBy(join(ROOT, 'collector/http/index.ts'))].map((path) => relative(ROOT, path));
    expect(files).toContain('http/report/exchange-line.ts');
  });
});
