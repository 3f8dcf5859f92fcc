import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseList } from '../../live/api/page/list.js';
import { buildPage, list } from '../../web/build.mjs';

/** Most bytes that the page loads before it can be used, in gzip. */
const MAX_BYTES = 60_000;
/** Parts that the page shows at first, by the names of their files. */
const FIRST_PARTS = ['connections', 'overview'];
/** Import of another file, not of one that is loaded later. */
const IMPORT = /(?:from|import)"\.\/([^"]+)"/g;
/** Names of languages of XML: they are no addresses to load from. */
const NAMESPACES = /^http:\/\/www\.w3\.org\/(?:1998\/Math\/MathML|1999\/xhtml|1999\/xlink|2000\/svg)$/;

describe('the page as it is built', () => {
  let files: ReadonlyMap<string, Buffer> = new Map();
  const textOf = (name: string): string => files.get(name)?.toString() ?? '';
  beforeAll(async () => {
    files = await buildPage();
  });

  it(`loads at most ${MAX_BYTES} bytes in gzip before it can be used`, () => {
    const named = [...textOf('index.html').matchAll(/(?:href|src)="\/([^"]+)"/g)].map(([, name = '']) => name);
    const parts = FIRST_PARTS.map((part) => [...files.keys()].find((name) => name.startsWith(`${part}-`)) ?? part);
    const first = new Set(['index.html', ...named, ...parts]);
    // What is added while this goes on is visited, too.
    for (const name of first) for (const [, path = ''] of textOf(name).matchAll(IMPORT)) first.add(path);
    expect([...first].filter((name) => !files.has(name))).toEqual([]);
    const sizes = [...first].map((name) => [name, gzipSync(textOf(name), { level: 9 }).length] as const);
    const sum = sizes.reduce((total, [, size]) => total + size, 0);
    expect(sum, sizes.map(([name, size]) => `${name} ${size}`).join('\n')).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('names no other host', () => {
    for (const [name, bytes] of files) {
      if (name === 'notices.txt') continue;
      const urls = bytes.toString().match(/(?:[a-z]+:)?\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"'`)\\]*/gi) ?? [];
      expect(
        urls.filter((url) => !NAMESPACES.test(url)),
        name,
      ).toEqual([]);
    }
  });

  it('has no script or style inside the document, which its policy forbids, and names each file that it needs', () => {
    const html = textOf('index.html');
    expect(html).not.toMatch(/<style|<script(?![^>]* src=)| style=| on[a-z]+=|\{\w+\}/);
    const needed = [...html.matchAll(/(?:href|src)="\/([^"]+)"/g)].map(([, name = '']) => name);
    expect(needed.some((name) => name.endsWith('.css'))).toBe(true);
    expect(needed.some((name) => name.endsWith('.js'))).toBe(true);
    expect(needed.filter((name) => !files.has(name))).toEqual([]);
  });

  it('names each script that another one imports, by its hashed name', () => {
    for (const [name, bytes] of files) {
      if (!name.endsWith('.js')) continue;
      const imported = [...bytes.toString().matchAll(/(?:from|import|import\()"\.\/([^"]+)"/g)];
      expect(imported.map(([, path = '']) => path).filter((path) => !files.has(path))).toEqual([]);
    }
  });

  it('is listed for the server, with names that change with the content', () => {
    const listed = parseList(list(files));
    expect(listed.map(({ name }) => name)).toEqual([...files.keys()].sort());
    for (const { name, isImmutable } of listed) {
      expect(isImmutable).toBe(/-[A-Z0-9]{8}\.(?:js|css)$/.test(name));
    }
  });

  it('comes with the licences of what is in it', () => {
    expect(textOf('notices.txt')).toMatch(/^The page of tcp-info contains these packages\.\n\npreact [\d.]+ \(MIT\)\n/);
    expect(textOf('notices.txt')).toContain('Permission is hereby granted');
  });
});
