import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ByteSpool } from '../../zstd/spool.js';
import { tempFolder } from '../support/temp.js';

afterEach(() => vi.unstubAllEnvs());

async function content(spool: ByteSpool): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of spool.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('Spool', () => {
  it('returns its content repeatedly, and leaves no file name on the disk', async () => {
    const folder = tempFolder();
    vi.stubEnv('TMPDIR', folder);
    const spool = new ByteSpool(1000);
    const all: Buffer[] = [];
    for (let i = 0; i < 50; i++) {
      const piece = Buffer.alloc(i * 7, i);
      all.push(piece);
      await spool.add(piece);
      if (i % 10 === 0) expect((await content(spool)).equals(Buffer.concat(all))).toBe(true);
    }
    expect((await content(spool)).equals(Buffer.concat(all))).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    await spool.close();
  });

  it('names the temporary folder when it cannot write', async () => {
    const missing = join(mkdtempSync(join(tempFolder(), 'x')), 'missing');
    vi.stubEnv('TMPDIR', missing);
    const spool = new ByteSpool(10);
    await expect(spool.add(Buffer.alloc(11))).rejects.toMatchObject({ code: 'ENOENT', path: missing });
    await spool.close();
  });
});
