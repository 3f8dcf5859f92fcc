import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseGroups } from '../../../fleet/upload/choose.js';
import { findArchives } from '../../../fleet/upload/find-archives.js';
import { type BundleFormat, dayLayout, packPiece, Spool } from '../../../fleet/upload/index.js';
import { formatPlan, type Plan, parsePlan } from '../../../fleet/upload/plan.js';
import { seal } from '../../../fleet/upload/seal.js';
import {
  type ArchiveFile,
  archivePath,
  digests,
  present,
  stateFiles,
  writeArchive,
  writeArchives,
} from '../../support/archive-files.js';
import { member, untar } from '../../support/bundles.js';
import { havePrograms } from '../../support/programs.js';
import { tempFolder } from '../../support/temp.js';

/** Seals all archives of a folder to one bundle. */
async function sealed(
  root: string,
  format: BundleFormat = 'tar.zst',
  partBytes = 65_536,
): Promise<{ plan: Plan; bundle: Buffer }> {
  const spool = await Spool.open(join(tempFolder(), 'state'));
  const { closed } = await findArchives(root);
  const [group] = chooseGroups(closed, { fullBytes: 2 ** 40, fullAgeMs: 0, nowMs: Date.now() });
  if (group === undefined) throw new Error('nothing to seal');
  const result = await seal(group, {
    root,
    spool,
    format,
    layout: dayLayout('node'),
    partBytes,
    onStep: () => undefined,
    onUnreadable: () => undefined,
  });
  if (result === undefined) throw new Error('nothing was sealed');
  const bundle = readFileSync(spool.bundlePath(result.name));
  expect(parsePlan(formatPlan(result.plan))).toEqual(result.plan);
  spool.close();
  return { plan: result.plan, bundle };
}

/** Reads all archives of a bundle, each by its entry in the plan. */
async function contents(plan: Plan, bundle: Buffer): Promise<ArchiveFile[]> {
  return await Promise.all(
    plan.members.map(async (entry) => ({ path: entry.path, content: await member(bundle, entry) })),
  );
}

describe('bundle', () => {
  it('gives back any archives, whole and one by one', async () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }),
      fc.nat(70_000).map((length) => new Uint8Array(length)),
    );
    const name = fc.stringMatching(/^[a-z0-9._-]{1,120}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(name, content), { selector: ([each]) => each, minLength: 1, maxLength: 12 }),
        async (files) => {
          const root = tempFolder();
          const written: ArchiveFile[] = files.map(([uuid, bytes]) => ({
            path: `2026/11/28/${uuid}.00000.jsonl.zst`,
            content: Buffer.from(bytes),
          }));
          for (const file of written) writeArchive(root, file);
          written.sort((a, b) => (a.path < b.path ? -1 : 1));
          const { plan, bundle } = await sealed(root);
          expect(plan.bytes).toBe(bundle.length);
          expect(plan.members.map(({ path }) => path)).toEqual(written.map(({ path }) => path));
          expect(digests(await contents(plan, bundle))).toEqual(digests(written));
          const parts = Array.from({ length: Math.ceil(bundle.length / 65_536) }, (_, i) =>
            bundle.subarray(i * 65_536, (i + 1) * 65_536),
          );
          expect(plan.parts).toEqual(parts.map((part) => createHash('md5').update(part).digest('hex')));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('has one frame for a short archive, and several for one that is longer than a frame', async () => {
    const root = tempFolder();
    const files = writeArchives(root, [590, 5_000_000]);
    const { plan, bundle } = await sealed(root);
    const frames = plan.members.map(({ offset, length }) => {
      const text = bundle.subarray(offset, offset + length).toString('latin1');
      return text.split('\x28\xb5\x2f\xfd').length - 1;
    });
    expect(frames).toEqual([1, 3]);
    expect(digests(await contents(plan, bundle))).toEqual(digests(files));
    // Header and padding take about a hundred bytes.
    expect(plan.members[0]?.length).toBeLessThan(590 + 150);
  });

  it('is the same for the same archives, but for what their times say', async () => {
    const root = tempFolder();
    writeArchives(root, [100, 200, 300]);
    const [first, second] = [await sealed(root), await sealed(root)];
    expect(second.bundle.equals(first.bundle)).toBe(true);
    expect(second.plan).toEqual(first.plan);
    writeArchive(root, { path: archivePath(2), content: Buffer.alloc(201) });
    expect((await sealed(root)).plan.object).not.toBe(first.plan.object);
  });

  it.skipIf(!havePrograms('bundles by zstd and tar', 'zstd')).each(['tar.zst', 'tgz'] as const)(
    'is a %s that tar reads',
    async (format) => {
      const root = tempFolder();
      const long = {
        path: `2026/11/28/${'n'.repeat(120)}_1700000000_00000000000000AA.00000.jsonl.zst`,
        content: Buffer.from('long name'),
      };
      const files = [...writeArchives(root, [1, 511, 512, 513, 100_000]), long];
      writeArchive(root, long);
      const out = join(tempFolder(), 'out');
      mkdirSync(out);
      const path = join(out, `bundle.${format}`);
      writeFileSync(path, (await sealed(root, format)).bundle);
      execFileSync('tar', ['xf', path, '-C', out]);
      expect(digests(present(out, files))).toEqual(digests(files));
    },
  );

  it('leaves out what is gone, changed or open by now', async () => {
    const root = tempFolder();
    const files = writeArchives(root, [100, 200, 300, 400]);
    const { closed } = await findArchives(root);
    const [group] = chooseGroups(closed, { fullBytes: 2 ** 40, fullAgeMs: 0, nowMs: Date.now() });
    const [changed, open, gone] = files;
    if (group === undefined || changed === undefined || open === undefined || gone === undefined)
      throw new Error('expected four');
    writeArchive(root, { ...changed, content: Buffer.alloc(101) });
    const fd = openSync(join(root, open.path), 'a');
    execFileSync('rm', [join(root, gone.path)]);
    const state = join(tempFolder(), 'state');
    const spool = await Spool.open(state);
    const options = {
      root,
      spool,
      format: 'tar.zst',
      layout: dayLayout('n'),
      onStep: () => undefined,
      onUnreadable: () => undefined,
    } as const;
    const result = await seal(group, options);
    expect(result?.plan.members.map(({ path }) => path)).toEqual(files.slice(3).map(({ path }) => path));
    const bundle = await untar(readFileSync(spool.bundlePath(result?.name ?? '')));
    expect(digests(bundle)).toEqual(digests(files.slice(3)));
    execFileSync('rm', [join(root, files[3]?.path ?? '')]);
    expect(await seal(group, options)).toBeUndefined();
    closeSync(fd);
    spool.close();
  });

  it('leaves out what cannot be read, and reports it', async () => {
    const root = tempFolder();
    const files = writeArchives(root, [100, 5_000_000, 300]);
    const { closed } = await findArchives(root);
    const [group] = chooseGroups(closed, { fullBytes: 2 ** 40, fullAgeMs: 0, nowMs: Date.now() });
    if (group === undefined) throw new Error('nothing to seal');
    const spool = await Spool.open(join(tempFolder(), 'state'));
    const unreadable: unknown[] = [];
    const result = await seal(group, {
      root,
      spool,
      format: 'tar.zst',
      layout: dayLayout('node'),
      onStep: () => undefined,
      onUnreadable: (path, error) => unreadable.push([path, String(error)]),
      read: (fd, into, from) => {
        // The disk fails in the middle of the second archive; no read returns all that it is asked for.
        if (from >= 4_000_000) throw new Error('EIO');
        return readSync(fd, into, 0, Math.min(into.length, 65_537), from);
      },
    });
    expect(unreadable).toEqual([[files[1]?.path, 'Error: EIO']]);
    const bundle = await untar(readFileSync(spool.bundlePath(result?.name ?? '')));
    expect(digests(bundle)).toEqual(digests(files.filter((_, i) => i !== 1)));
    spool.close();
  });

  it('packs pieces that stand alone', async () => {
    const piece = await packPiece('tgz', Buffer.from('piece'));
    expect(execFileSync('gzip', ['-dc'], { input: Buffer.concat([piece, piece]) }).toString()).toBe('piecepiece');
  });
});

describe('state folder', () => {
  it('is cleaned of what a crash has left unfinished', async () => {
    const state = join(tempFolder(), 'state');
    mkdirSync(state);
    const root = tempFolder();
    writeArchives(root, [100]);
    const { plan } = await sealed(root);
    const files = ['sealing.tmp', 'a.bundle', 'b.upload', 'c.confirmed', 'd.plan.tmp', 'f.bundle', 'g.confirmed'];
    for (const name of files) writeFileSync(join(state, name), '');
    for (const name of ['e', 'f', 'g']) writeFileSync(join(state, `${name}.plan`), formatPlan(plan));
    const spool = await Spool.open(state);
    // A plan without its bundle cannot be sent; one that is confirmed needs none.
    expect(stateFiles(state).sort()).toEqual(['f.bundle', 'f.plan', 'g.confirmed', 'g.plan']);
    expect(spool.lostBundles).toBe(1);
    expect((await spool.sealed()).map(({ name }) => name)).toEqual(['f', 'g']);
    spool.close();
  });

  it.each(['', '{}', '{"version":2}', 'null', '[]'])('reports the plan %j', async (text) => {
    const state = join(tempFolder(), 'state');
    mkdirSync(state);
    for (const name of ['x.plan', 'x.bundle']) writeFileSync(join(state, name), text);
    const spool = await Spool.open(state);
    await expect(spool.sealed()).rejects.toThrow('delete it, and its archives are sent again');
    spool.close();
  });
});
