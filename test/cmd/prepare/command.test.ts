import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runPrepare } from '../../../cmd/tcp-info/prepare/command.js';
import { readUuidPrefix } from '../../../daemon/uuid-prefix.js';
import { tempFolder } from '../../support/temp.js';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log('skipped: only root gives folders away');

async function prepare(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [text(stdout), text(stderr)];
  const code = await runPrepare({ args, stdout, stderr, signals: { onShutdown: () => undefined } });
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: await err };
}

function ownerOf(path: string): string {
  const { uid, gid } = statSync(path);
  return `${uid}:${gid}`;
}

describe('tcp-info prepare', () => {
  it('writes a prefix accepted by the collector, readable by all, and nothing else', async () => {
    const folder = tempFolder();
    const file = join(folder, 'prefix');
    const { code, stdout } = await prepare(`--uuid-prefix-file=${file}`, '--name=pod-1');
    const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    expect(code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(`pod-1_${boot}`);
    expect(readUuidPrefix(file)).toEqual({ text: `pod-1_${boot}`, unsafe: false });
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(folder)).toEqual(['prefix']);
    expect(stdout).toBe(`${file}: pod-1_${boot}\n`);
  });

  it('leaves a device, a pipe and links to them unchanged', async () => {
    const folder = tempFolder();
    const [pipe, link] = [join(folder, 'pipe'), join(folder, 'link')];
    execFileSync('mkfifo', [pipe]);
    symlinkSync(pipe, link);
    const device = join(folder, 'null');
    if (isRoot) execFileSync('mknod', ['-m', '666', device, 'c', '1', '3']);
    const before = readdirSync(folder).map((name) => lstatSync(join(folder, name)).ino);
    for (const path of isRoot ? [pipe, link, device] : [pipe, link]) {
      expect(await prepare(`--uuid-prefix-file=${path}`, '--name=x')).toEqual({
        code: 1,
        stdout: '',
        stderr: `tcp-info prepare: write ${path}: not a regular file, so it is not replaced\n`,
      });
    }
    expect(readdirSync(folder).map((name) => lstatSync(join(folder, name)).ino)).toEqual(before);
  });

  it('replaces the prefix of an earlier boot', async () => {
    const file = join(tempFolder(), 'prefix');
    writeFileSync(file, 'a-very-long-prefix-of-an-earlier-boot_1');
    await prepare(`--uuid-prefix-file=${file}`, '--name=x', '--boot-id');
    expect(readFileSync(file, 'utf8')).toMatch(/^x-[0-9a-f]{8}_\d+$/);
  });

  it('ignores leftovers of a killed run, and a concurrent run with the same pid', async () => {
    const file = join(tempFolder(), 'prefix');
    writeFileSync(`${file}.${process.pid}`, 'of another');
    expect(await prepare(`--uuid-prefix-file=${file}`, '--name=x')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(`${file}.${process.pid}`, 'utf8')).toBe('of another');
  });

  it.runIf(isRoot)('changes the owner of a folder and those below it, but of no file', async () => {
    const folder = join(tempFolder(), 'made', 'too');
    mkdirSync(join(folder, '2026/11/21'), { recursive: true });
    writeFileSync(join(folder, '2026/11/21/x.jsonl.zst'), '');
    const first = await prepare(`--folder=${folder}`, '--owner=65534:65534');
    expect(first).toEqual({ code: 0, stdout: `${folder}: 4 folders given to 65534:65534\n`, stderr: '' });
    for (const part of ['', '2026', '2026/11', '2026/11/21']) expect(ownerOf(join(folder, part))).toBe('65534:65534');
    expect(ownerOf(join(folder, '2026/11/21/x.jsonl.zst'))).toBe('0:0');
    const again = await prepare(`--folder=${folder}`, '--owner=65534:65534');
    expect(again.stdout).toContain(': 0 folders given');
  });

  it.runIf(isRoot)('descends 64 levels at most, so that deep folders cannot exhaust its descriptors', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, ...Array.from({ length: 1000 }, () => 'd')), { recursive: true });
    const { code, stdout } = await prepare(`--folder=${folder}`, '--owner=65534:65534');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${folder}: 65 folders given to 65534:65534\n` });
  });

  it.runIf(isRoot)('creates a missing folder', async () => {
    const folder = join(tempFolder(), 'new');
    expect((await prepare(`--folder=${folder}`, '--owner=65534:65534')).code).toBe(0);
    expect(ownerOf(folder)).toBe('65534:65534');
  });

  it.runIf(isRoot)('does not follow symbolic links created by the owner', async () => {
    const [folder, other] = [tempFolder(), tempFolder()];
    mkdirSync(join(other, 'below'));
    symlinkSync(other, join(folder, 'link'));
    chownSync(folder, 65534, 65534);
    await prepare(`--folder=${folder}`, '--owner=65534:65534');
    expect([ownerOf(other), ownerOf(join(other, 'below'))]).toEqual(['0:0', '0:0']);
  });

  it.each([
    [[], 'there is nothing to do'],
    [['--folder=/x'], 'go together'],
    [['--owner=1:1'], 'nothing to do'],
    [['--folder=/x', '--owner=nobody'], 'expected two numbers'],
    [['--folder=/x', '--owner=1:4294967295'], 'expected two numbers'],
    [['--folder=/x', '--owner=1:1', '--name=y'], 'go with --uuid-prefix-file'],
    [['--what'], 'unknown option'],
  ])('rejects %j with exit code 2', async (args, reason) => {
    const { code, stdout, stderr } = await prepare(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
    expect(existsSync('/x')).toBe(false);
  });

  it('reports what cannot be written, with exit code 1, and leaves nothing behind', async () => {
    const { code, stderr } = await prepare('--uuid-prefix-file=/nowhere/prefix', '--name=x');
    expect(code).toBe(1);
    expect(stderr).toBe('tcp-info prepare: write /nowhere/prefix: no such file or directory (ENOENT)\n');
    const bad = await prepare('--uuid-prefix-file=/tmp/x', '--name=a/b');
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('"a/b"') });
    const folder = tempFolder();
    mkdirSync(join(folder, 'prefix'));
    expect(await prepare(`--uuid-prefix-file=${join(folder, 'prefix')}`, '--name=x')).toMatchObject({ code: 1 });
    expect(readdirSync(folder)).toEqual(['prefix']);
  });

  it('ends when a folder cannot be created in an existing parent', async () => {
    const { code, stderr } = await prepare('--folder=/proc/x/y', '--owner=0:0');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'tcp-info prepare: give /proc/x/y to 0:0: no such file or directory (ENOENT)\n',
    });
  });
});
