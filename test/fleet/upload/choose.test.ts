import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArchivePath } from '../../../fleet/upload/archive-path.js';
import { chooseGroups, isSampled } from '../../../fleet/upload/choose.js';
import { type FoundArchive, findArchives } from '../../../fleet/upload/find-archives.js';
import {
  checkLeases,
  dayLayout,
  formatIndex,
  LeaseError,
  mlabLayout,
  mlabNode,
  parseIndex,
} from '../../../fleet/upload/index.js';
import { expectedEtag, membersHash } from '../../../fleet/upload/plan.js';
import { archivePath, writeArchives } from '../../support/archive-files.js';
import { tempFolder } from '../../support/temp.js';

const NOW_MS = 1_800_000_000_000;

function archive(number: number, { bytes = 10, ageMs = 0, day = '2026/11/28' } = {}): FoundArchive {
  const path = archivePath(number, { day });
  const at = parseArchivePath(path);
  if (at === undefined) throw new Error(`no archive: ${path}`);
  return { ...at, identity: { inode: String(number), bytes, mtimeNs: String(BigInt(NOW_MS - ageMs) * 1_000_000n) } };
}

describe('choice of archives', () => {
  it('fills bundles of one day, and lets the rest wait until it is old', () => {
    const archives = [1, 2, 3, 4, 5].map((n) => archive(n)).concat(archive(6, { day: '2026/11/29', ageMs: 1000 }));
    const options = { fullBytes: 20, fullAgeMs: 1000, nowMs: NOW_MS };
    const numbers = (groups: ReturnType<typeof chooseGroups>): string[][] =>
      groups.map((group) => group.archives.map(({ identity }) => identity.inode));
    expect(numbers(chooseGroups(archives, options))).toEqual([['1', '2'], ['3', '4'], ['6']]);
    expect(numbers(chooseGroups(archives, { ...options, nowMs: NOW_MS + 1000 }))).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5'],
      ['6'],
    ]);
    expect(numbers(chooseGroups(archives, { ...options, fullAgeMs: Number.NEGATIVE_INFINITY }))).toHaveLength(4);
    expect(numbers(chooseGroups(archives, { ...options, fullBytes: 1000, maxArchives: 4 }))).toEqual([
      ['1', '2', '3', '4'],
      ['6'],
    ]);
    // The clock was set back: the file would never become old.
    expect(numbers(chooseGroups([archive(1, { ageMs: -3_600_000 })], options))).toEqual([['1']]);
  });

  it('takes every archive once when age is no matter', () => {
    const some = fc.uniqueArray(fc.nat(10_000), { maxLength: 200 });
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 500 }), (numbers, fullBytes) => {
        const archives = numbers.map((n) => archive(n, { bytes: n % 97, day: `2026/11/0${(n % 3) + 1}` }));
        const groups = chooseGroups(archives, { fullBytes, fullAgeMs: Number.NEGATIVE_INFINITY, nowMs: NOW_MS });
        const taken = groups.flatMap((group) => group.archives);
        expect(taken.map(({ path }) => path).sort()).toEqual(archives.map(({ path }) => path).sort());
        for (const group of groups) expect(new Set(group.archives.map(({ day }) => day))).toEqual(new Set([group.day]));
      }),
    );
  });

  it('samples whole connections, about as many as asked for', () => {
    const uuids = Array.from({ length: 20_000 }, (_, i) => `host_1700000000_${i}`);
    const count = uuids.filter((uuid) => isSampled(uuid, 0.1)).length;
    // Five standard deviations of a binomial distribution: 5 · √(20,000 · 0.1 · 0.9).
    expect(Math.abs(count - 2000)).toBeLessThan(213);
    expect(uuids.filter((uuid) => isSampled(uuid, 0.1)).every((uuid) => isSampled(uuid, 0.2))).toBe(true);
    expect(isSampled(randomUUID(), 1)).toBe(true);
  });

  it('finds archives by their path only, not through links, and not those that are open', async () => {
    const root = tempFolder();
    const [first] = writeArchives(root, [10, 20]);
    for (const path of [
      '2026/11/28/20261128T010203.004Z.jsonl.zst',
      '2026/11/28/x.jsonl',
      '2026/x.00000.jsonl.zst',
      'x.tar.zst',
    ]) {
      writeFileSync(join(root, path), '');
    }
    mkdirSync(join(root, '2026/11/30/deep'), { recursive: true });
    writeFileSync(join(root, '2026/11/30/deep/x_1.00000.jsonl.zst'), '');
    symlinkSync(join(root, first?.path ?? ''), join(root, '2026/11/30/link_1.00000.jsonl.zst'));
    symlinkSync(join(root, '2026/11/28'), join(root, '2026/11/29'));
    mkdirSync(join(root, '2026/11/30/folder_1.00000.jsonl.zst'));
    const fd = openSync(join(root, archivePath(2)), 'a');
    const found = await findArchives(root);
    expect(found.closed.map(({ path }) => path)).toEqual([first?.path]);
    expect([found.open, found.unreadable]).toEqual([1, []]);
    closeSync(fd);
    expect((await findArchives(join(root, 'missing'))).unreadable).toEqual([
      { path: '.', error: expect.objectContaining({ code: 'ENOENT' }) },
    ]);
  });

  it('knows whether a file system says which files are open', () => {
    const root = tempFolder();
    expect(() => checkLeases(root)).not.toThrow();
    expect(() => checkLeases(join(root, 'missing'))).toThrow(LeaseError);
    // A file system without files of its own cannot be asked.
    expect(() => checkLeases('/proc')).toThrow(LeaseError);
  });
});

describe('names of bundles', () => {
  const facts = { day: '2026/11/28', hash: '0123456789abcdef', newestMs: Date.parse('2026-11-28T01:02:03.9Z') };

  it('are day, node and hash, with an index', () => {
    expect(dayLayout('a/b.c:d')(facts, 'tar.zst')).toEqual({
      object: '2026/11/28/a_b.c_d-0123456789abcdef.tar.zst',
      index: '2026/11/28/a_b.c_d-0123456789abcdef.index.jsonl',
    });
    expect(dayLayout('..')(facts, 'tgz').object).toBe('2026/11/28/__-0123456789abcdef.tgz');
  });

  it("are those of M-Lab's pipeline", () => {
    const names = { experiment: 'ndt', datatype: 'tcpinfo', machine: 'mlab4', site: 'ord01' };
    const { object, index } = mlabLayout(names)(facts, 'tgz');
    expect(index).toBeNull();
    expect(object).toMatch(/^ndt\/tcpinfo\/2026\/11\/28\/20261128T010203\.\d{6}Z-tcpinfo-mlab4-ord01-ndt\.tgz$/);
    expect(mlabLayout(names)({ ...facts, hash: 'f123456789abcdef' }, 'tgz').object).not.toBe(object);
  });

  it.each([
    ['mlab4-ord01', 'ord01'],
    ['mlab1.lga0t.measurement-lab.org', 'lga0t'],
    ['mlab2-abc03.mlab-oti.measurement-lab.org', 'abc03'],
  ])('accept the node %s', (node, site) => {
    expect(mlabNode(node)?.site).toBe(site);
  });

  it.each(['host', 'mlab4', 'mlab44-ord01', 'mlab4-ordx1', 'mlab4-ord011'])('reject the node %s for M-Lab', (node) => {
    expect(mlabNode(node)).toBeUndefined();
  });

  it('are the same for the same files in any order', () => {
    const files = fc.uniqueArray(fc.record({ path: fc.string(), bytes: fc.nat() }), { selector: ({ path }) => path });
    fc.assert(
      fc.property(files, (members) => {
        expect(membersHash(members.toReversed())).toBe(membersHash(members));
        expect(membersHash(members)).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
    expect(membersHash([{ path: 'a', bytes: 1 }])).not.toBe(membersHash([{ path: 'a', bytes: 2 }]));
  });
});

describe('index', () => {
  it('is read as it was written', () => {
    const entry = fc.record({
      path: fc.string(),
      uuid: fc.string(),
      sequence: fc.nat(),
      bytes: fc.nat(),
      offset: fc.nat(),
      length: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(parseIndex(formatIndex(entries))).toEqual(entries);
      }),
    );
  });

  it.each([
    '{',
    'null',
    '{"path":"a","uuid":"b","sequence":0,"bytes":-1,"offset":0,"length":1}',
    '{"uuid":"b"}',
  ])('is refused with the line %s', (line) => {
    expect(parseIndex(`${line}\n`)).toBeUndefined();
  });
});

describe('ETag', () => {
  it('is the MD5 of one part, and that of the MD5s of several', () => {
    const parts = ['d41d8cd98f00b204e9800998ecf8427e', '900150983cd24fb0d6963f7d28e17f72'];
    expect(expectedEtag({ parts: parts.slice(0, 1) })).toBe(parts[0]);
    expect(expectedEtag({ parts })).toMatch(/^[0-9a-f]{32}-2$/);
  });
});
