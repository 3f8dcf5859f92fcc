import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findWriters, type RepairOptions, type Result, repair } from '../../../archive/repair/index.js';
import { compressFrame } from '../../../zstd/index.js';
import { tempFolder } from '../../support/temp.js';

const frame = (text: string): Promise<Buffer> => compressFrame(Buffer.from(text));
const FIRST = await frame('{"a":1}\n{"a":2}\n');
const SECOND = await frame('{"a":3}\n'.repeat(50));
const BOTH = Buffer.concat([FIRST, SECOND]);
/** Result of a search without writers in which every process was readable. */
const NOBODY = async () => ({ inodes: new Set<string>(), gap: undefined });

function write(folder: string, name: string, content: Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function run(paths: string | readonly string[], options: Partial<RepairOptions> = {}): Promise<Result[]> {
  const results: Result[] = [];
  const all = { dryRun: false, deleteEmpty: false, minAgeMs: 60_000, findWriters: NOBODY, ...options };
  for await (const result of repair({ paths: [paths].flat(), ...all })) results.push(result);
  return results;
}

/** Describes what was found and done. */
function words(results: readonly Result[]): string[] {
  return results.map((result) =>
    result.kind === 'archive' ? `${result.finding.condition} ${result.action}` : result.kind,
  );
}

describe('repair', () => {
  it('keeps exactly the whole frames of an archive cut anywhere, and then finds nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: BOTH.length }), async (cut) => {
        const folder = tempFolder();
        const path = write(folder, '2026/11/20/a.00000.jsonl.zst', BOTH.subarray(0, cut));
        const whole = cut === BOTH.length ? BOTH : cut >= FIRST.length ? FIRST : undefined;
        const expected =
          cut === BOTH.length || cut === FIRST.length ? 'whole' : whole === undefined ? 'empty left' : 'cut mended';
        expect(words(await run(folder))).toEqual([expected]);
        expect(readFileSync(path).equals(whole ?? BOTH.subarray(0, cut))).toBe(true);
        expect(words(await run(folder))).toEqual([whole === undefined ? 'empty left' : 'whole']);
        expect(readdirSync(dirname(path))).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps mode and mtime', async () => {
    const path = write(tempFolder(), 'a.jsonl.zst', BOTH.subarray(0, -1));
    chmodSync(path, 0o640);
    utimesSync(path, 1_700_000_000, 1_700_000_001);
    expect(words(await run(path))).toEqual(['cut mended']);
    const { mode, mtimeMs } = statSync(path);
    expect([mode & 0o7777, mtimeMs]).toEqual([0o640, 1_700_000_001_000]);
  });

  it('removes trailing zeros, as a power failure leaves them', async () => {
    const path = write(tempFolder(), 'a.jsonl.zst', Buffer.concat([FIRST, Buffer.alloc(5000)]));
    expect(words(await run(path))).toEqual(['cut mended']);
    expect(readFileSync(path).equals(FIRST)).toBe(true);
  });

  it('changes nothing in a dry run', async () => {
    const folder = tempFolder();
    const cut = write(folder, 'a.jsonl.zst', BOTH.subarray(0, -1));
    write(folder, 'b.jsonl.zst', Buffer.alloc(0));
    const inode = statSync(cut).ino;
    expect(words(await run(folder, { dryRun: true, deleteEmpty: true })).sort()).toEqual([
      'cut would mend',
      'empty would delete',
    ]);
    expect(statSync(cut)).toMatchObject({ ino: inode, size: BOTH.length - 1 });
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('deletes empty archives only on request, and never unknown content', async () => {
    const folder = tempFolder();
    write(folder, 'empty.jsonl.zst', Buffer.alloc(0));
    write(folder, 'first.jsonl.zst', FIRST.subarray(0, 10));
    write(folder, 'noise.jsonl.zst', createHash('sha512').update('noise').digest());
    write(folder, 'text.jsonl.zst', Buffer.from('{"a":1}\n'));
    expect(words(await run(folder)).sort()).toEqual(['damaged left', 'damaged left', 'empty left', 'empty left']);
    expect(words(await run(folder, { deleteEmpty: true })).sort()).toEqual([
      'damaged left',
      'damaged left',
      'empty deleted',
      'empty deleted',
    ]);
    expect(readdirSync(folder).sort()).toEqual(['noise.jsonl.zst', 'text.jsonl.zst']);
  });

  it('leaves an archive with inner damage alone, even if it also looks truncated', async () => {
    const folder = tempFolder();
    const checksum = Buffer.concat([FIRST, BOTH]);
    checksum.writeUInt8(checksum.readUInt8(FIRST.length - 1) ^ 1, FIRST.length - 1);
    // The block length of the first frame is changed to reach beyond the end of the file.
    const length = Buffer.concat([FIRST, SECOND, FIRST, FIRST.subarray(0, 8)]);
    length.writeUInt8(0xff, FIRST.length + 7);
    const contents = [
      checksum,
      length,
      await frame('{"a":'),
      Buffer.concat([await frame('{"a":'), FIRST.subarray(0, 9)]),
    ];
    const paths = contents.map((content, i) => write(folder, `${i}.jsonl.zst`, content));
    for (const [i, path] of paths.entries()) {
      expect(words(await run(path, { deleteEmpty: true })), path).toEqual(['damaged left']);
      expect(readFileSync(path)).toEqual(contents[i]);
    }
  });

  it('accepts skippable frames', async () => {
    const skippable = Buffer.from('5e2a4d1803000000616263', 'hex');
    const whole = Buffer.concat([skippable, FIRST, skippable]);
    const path = write(tempFolder(), 'a.jsonl.zst', Buffer.concat([whole, skippable.subarray(0, 9)]));
    expect(words(await run(path))).toEqual(['cut mended']);
    expect(readFileSync(path).equals(whole)).toBe(true);
  });

  it('follows no symbolic link, and checks archives only', async () => {
    const [folder, outside] = [tempFolder(), tempFolder()];
    const cut = BOTH.subarray(0, -1);
    const target = write(outside, 'a.jsonl.zst', cut);
    symlinkSync(outside, join(folder, 'link'));
    symlinkSync(target, join(folder, 'b.jsonl.zst'));
    write(folder, 'c.jsonl', cut);
    write(folder, 'c.zst', cut);
    mkdirSync(join(folder, 'd.jsonl.zst'));
    expect(words(await run(folder))).toEqual([]);
    expect(words(await run(join(folder, 'b.jsonl.zst')))).toEqual(['failed']);
    expect(readFileSync(target).equals(cut)).toBe(true);
    expect(lstatSync(join(folder, 'b.jsonl.zst')).isSymbolicLink()).toBe(true);
  });

  it('leaves a file alone whose name is not that of an archive, even as an argument', async () => {
    const path = write(tempFolder(), 'notes.jsonl', Buffer.from('{}\n'));
    const [result] = await run(path, { deleteEmpty: true });
    expect(result).toMatchObject({ kind: 'failed', path, error: { message: expect.stringContaining('.jsonl.zst') } });
    expect(readFileSync(path, 'utf8')).toBe('{}\n');
  });

  it('reports what it cannot read, and continues', async () => {
    const folder = tempFolder();
    write(folder, 'a.jsonl.zst', BOTH.subarray(0, -1));
    expect(words(await run([join(folder, 'missing'), folder]))).toEqual(['failed', 'cut mended']);
  });

  it('removes leftovers of a killed repair', async () => {
    const folder = tempFolder();
    write(folder, 'a.jsonl.zst', BOTH.subarray(0, -1));
    write(folder, '.a.jsonl.zst.0123abcd.repair-tmp', FIRST.subarray(0, 20));
    write(folder, '.a.repair-tmp', FIRST);
    expect(words(await run(folder, { dryRun: true })).sort()).toEqual(['cut would mend', 'leftover']);
    expect(readdirSync(folder)).toHaveLength(3);
    expect(words(await run(folder)).sort()).toEqual(['cut mended', 'leftover']);
    expect(readdirSync(folder).sort()).toEqual(['.a.repair-tmp', 'a.jsonl.zst']);
  });

  it('leaves files alone that a process has open, or may have', async () => {
    const folder = tempFolder();
    const path = write(folder, 'a.jsonl.zst', BOTH.subarray(0, -1));
    const fd = openSync(path, 'a');
    // This process has it open.
    expect(words(await run(folder, { findWriters }))).toEqual(['cut in use']);
    closeSync(fd);
    const hidden = { findWriters: async () => ({ inodes: new Set<string>(), gap: 'PID 1' }) };
    expect(words(await run(folder, hidden))).toEqual(['cut too young', 'gap']);
    expect(words(await run(folder, { ...hidden, minAgeMs: 0 }))).toEqual(['cut mended']);
  });

  it('reports unreadable processes only when a file was left alone because of them', async () => {
    const folder = tempFolder();
    const hidden = { findWriters: async () => ({ inodes: new Set<string>(), gap: 'PID 1' }) };
    write(folder, 'a.jsonl.zst', Buffer.from('no zstd'));
    write(folder, 'b.jsonl.zst', BOTH);
    expect(words(await run(folder, hidden)).sort()).toEqual(['damaged left', 'whole']);
    write(folder, 'c.jsonl.zst', Buffer.alloc(0));
    expect(words(await run(folder, hidden)).sort()).toEqual(['damaged left', 'empty left', 'whole']);
    const results = await run(folder, { ...hidden, deleteEmpty: true });
    expect(words(results).sort()).toEqual(['damaged left', 'empty too young', 'gap', 'whole']);
    expect(results).toContainEqual({ kind: 'gap', gap: 'PID 1' });
  });

  it('reports which processes are not readable, and why', async () => {
    const proc = tempFolder();
    mkdirSync(join(proc, 'self/ns'), { recursive: true });
    symlinkSync('pid:[1]', join(proc, 'self/ns/pid'));
    expect((await findWriters(proc)).gap).toBe(`processes that ${proc} does not show`);
    mkdirSync(join(proc, '1/fd'), { recursive: true });
    expect((await findWriters(proc)).gap).toBe('processes outside this PID namespace');
    unlinkSync(join(proc, 'self/ns/pid'));
    symlinkSync('pid:[4026531836]', join(proc, 'self/ns/pid'));
    expect((await findWriters(proc)).gap).toBeUndefined();
    write(proc, '20/fd', Buffer.alloc(0));
    expect((await findWriters(proc)).gap).toBe('1 process, PID 20: ENOTDIR');
    write(proc, '21/fd', Buffer.alloc(0));
    expect((await findWriters(proc)).gap).toMatch(/^2 processes, the first PID 2[01]: ENOTDIR$/);
  });

  it('does not repair an archive that was completed meanwhile', async () => {
    const folder = tempFolder();
    const path = write(folder, 'a.jsonl.zst', BOTH.subarray(0, -1));
    const finishing = async () => {
      writeFileSync(path, BOTH);
      return await NOBODY();
    };
    expect(words(await run(folder, { findWriters: finishing }))).toEqual(['cut in use']);
    expect(readFileSync(path).equals(BOTH)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('processes thousands of archives in batches', async () => {
    const folder = tempFolder();
    for (let i = 0; i < 1200; i++) write(folder, `${i % 7}/${i}.jsonl.zst`, i % 2 === 0 ? BOTH.subarray(0, -1) : BOTH);
    let looks = 0;
    const counted = async () => {
      looks++;
      return await NOBODY();
    };
    const done = words(await run(folder, { findWriters: counted }));
    expect(done.filter((each) => each === 'cut mended')).toHaveLength(600);
    expect(done).toHaveLength(1200);
    expect(looks).toBe(3);
  });
});
