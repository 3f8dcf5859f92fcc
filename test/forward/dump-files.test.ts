import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DumpFileError, DumpFiles } from '../../forward/dump-files.js';
import { createLogger } from '../../log/index.js';

const MODE_BITS = 0o777;

describe('dump files', () => {
  let folder: string;
  let lines: string[];
  const files = (stdout: Writable = new PassThrough()): DumpFiles =>
    new DumpFiles(stdout, createLogger({ write: (line) => lines.push(line) }));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcp-info-dump-'));
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('have mode 0600, also if they were there, and are appended to', async () => {
    const [made, old] = [join(folder, 'new'), join(folder, 'old')];
    writeFileSync(old, 'before\n');
    chmodSync(old, 0o644);
    const dumps = files();
    dumps.open([made, old, made]);
    dumps.write(made, 'a\n');
    dumps.write(old, 'b\n');
    await dumps.close();
    expect([readFileSync(made, 'utf8'), readFileSync(old, 'utf8')]).toEqual(['a\n', 'before\nb\n']);
    expect([statSync(made).mode & MODE_BITS, statSync(old).mode & MODE_BITS]).toEqual([0o600, 0o600]);
  });

  it('are not opened through a symbolic link, and then none is open', () => {
    symlinkSync('/dev/null', join(folder, 'link'));
    const dumps = files();
    expect(() => dumps.open([join(folder, 'first'), join(folder, 'link')])).toThrow(DumpFileError);
    dumps.write(join(folder, 'first'), 'x');
    expect(dumps.omittedBytes).toBe(1);
  });

  it('go on in a new file after a rotation', async () => {
    const path = join(folder, 'dump');
    const dumps = files();
    dumps.open([path]);
    dumps.write(path, 'one\n');
    renameSync(path, `${path}.1`);
    dumps.reopen();
    dumps.write(path, 'two\n');
    await dumps.close();
    expect([readFileSync(`${path}.1`, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['one\n', 'two\n']);
  });

  it('leave out and count what an output does not take', () => {
    const stuck = new Writable({ write: () => undefined });
    const dumps = files(stuck);
    const mebibyte = 'x'.repeat(2 ** 20);
    for (let i = 0; i < 10; i++) dumps.write(undefined, mebibyte);
    expect(dumps.omittedBytes).toBe(2 * 2 ** 20);
    expect(lines.join('')).toContain('dump left out');
  });

  it('are closed without waiting for a reader of standard output that has stopped', async () => {
    const dumps = files(new Writable({ write: () => undefined }));
    dumps.open([join(folder, 'dump')]);
    dumps.write(undefined, 'x');
    dumps.write(join(folder, 'dump'), 'y');
    await dumps.close();
    expect(readFileSync(join(folder, 'dump'), 'utf8')).toBe('y');
  });
});
