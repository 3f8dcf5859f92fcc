import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KERNEL_FILE_BYTES, readSmallFile } from '../../files/index.js';
import { tempFolder } from '../support/temp.js';

const error = (code: string) => expect.objectContaining({ code });

describe('readSmallFile', () => {
  it('reads a file up to its limit, and rejects a longer one', () => {
    const path = join(tempFolder(), 'file');
    writeFileSync(path, 'x'.repeat(100_000));
    expect(readSmallFile(path, { maxBytes: 100_000 })).toEqual(Buffer.alloc(100_000, 'x'));
    expect(() => readSmallFile(path, { maxBytes: 99_999 })).toThrow(error('ERR_FILE_TOO_LARGE'));
    writeFileSync(path, '');
    expect(readSmallFile(path, { maxBytes: 1 })).toHaveLength(0);
  });

  it('reads kernel files, which have no size', () => {
    expect(readSmallFile('/proc/self/status', { maxBytes: KERNEL_FILE_BYTES }).toString()).toMatch(/^Name:/);
  });

  it('stops at the limit of an endless device, and reads an empty one', () => {
    expect(() => readSmallFile('/dev/zero', { maxBytes: 4096 })).toThrow(error('ERR_FILE_TOO_LARGE'));
    expect(readSmallFile('/dev/null', { maxBytes: 4096 })).toHaveLength(0);
  });

  it("throws the system's error for a folder and for a missing file", () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'below'));
    expect(() => readSmallFile(join(folder, 'below'), { maxBytes: 1 })).toThrow(error('EISDIR'));
    expect(() => readSmallFile(join(folder, 'absent'), { maxBytes: 1 })).toThrow(error('ENOENT'));
  });

  it('gives up on a pipe without a writer, or with one that never closes', async () => {
    const path = join(tempFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    expect(() => readSmallFile(path, { maxBytes: 4096, patienceMs: 50 })).toThrow(error('ERR_FILE_ENDLESS'));
    const writer = spawn('sh', ['-c', `exec 3<>"$0"; printf word >&3; echo written; exec sleep 600`, path]);
    try {
      await once(writer.stdout, 'data');
      expect(() => readSmallFile(path, { maxBytes: 4096, patienceMs: 50 })).toThrow(error('ERR_FILE_ENDLESS'));
    } finally {
      writer.kill('SIGKILL');
      await once(writer, 'exit');
    }
  });

  it('reads a pipe to its end', async () => {
    const path = join(tempFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    // The writer opens the pipe when there is a reader, that is while this thread waits.
    const writer = spawn('sh', ['-c', 'printf word >"$0"', path]);
    expect(readSmallFile(path, { maxBytes: 4096, patienceMs: 30_000 }).toString()).toBe('word');
    await once(writer, 'exit');
  });
});
