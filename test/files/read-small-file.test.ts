import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KERNEL_FILE_BYTES, readSmallFile } from '../../files/index.js';
import { tempFolder } from '../support/temp.js';

const error = (code: string) => expect.objectContaining({ code });

describe('readSmallFile', () => {
  it('reads a file of up to so many bytes, and refuses one that is longer', () => {
    const path = join(tempFolder(), 'file');
    writeFileSync(path, 'x'.repeat(100_000));
    expect(readSmallFile(path, { maxBytes: 100_000 })).toEqual(Buffer.alloc(100_000, 'x'));
    expect(() => readSmallFile(path, { maxBytes: 99_999 })).toThrow(error('ERR_FILE_TOO_LARGE'));
    writeFileSync(path, '');
    expect(readSmallFile(path, { maxBytes: 1 })).toHaveLength(0);
  });

  it('reads files of the kernel, which have no size', () => {
    expect(readSmallFile('/proc/self/status', { maxBytes: KERNEL_FILE_BYTES }).toString()).toMatch(/^Name:/);
  });

  it('comes to an end with a device that has none, and with an empty one', () => {
    expect(() => readSmallFile('/dev/zero', { maxBytes: 4096 })).toThrow(error('ERR_FILE_TOO_LARGE'));
    expect(readSmallFile('/dev/null', { maxBytes: 4096 })).toHaveLength(0);
  });

  it('says what the system says of a folder and of what is not there', () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'below'));
    expect(() => readSmallFile(join(folder, 'below'), { maxBytes: 1 })).toThrow(error('EISDIR'));
    expect(() => readSmallFile(join(folder, 'absent'), { maxBytes: 1 })).toThrow(error('ENOENT'));
  });

  it('gives up on a pipe that has no writer, or one that stays', async () => {
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
    // It opens the pipe when somebody reads, and so while this thread waits.
    const writer = spawn('sh', ['-c', 'printf word >"$0"', path]);
    expect(readSmallFile(path, { maxBytes: 4096, patienceMs: 30_000 }).toString()).toBe('word');
    await once(writer, 'exit');
  });
});
