import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { netlink } from '../../native/index.js';
import { tempFolder } from '../support/temp.js';

function file(): string {
  const path = join(tempFolder(), 'file');
  writeFileSync(path, 'content');
  return path;
}

describe('isOpenForWriting', () => {
  it('is true exactly while a descriptor for writing is open', () => {
    const path = file();
    const reader = openSync(path, 'r');
    expect(netlink.isOpenForWriting(reader)).toBe(false);
    const [first, second] = [openSync(path, 'a'), openSync(path, 'r+')];
    expect(netlink.isOpenForWriting(reader)).toBe(true);
    closeSync(first);
    expect(netlink.isOpenForWriting(reader)).toBe(true);
    closeSync(second);
    expect(netlink.isOpenForWriting(reader)).toBe(false);
    closeSync(reader);
  });

  it('sees the writer of another process until that ends, however it ends', async () => {
    const path = file();
    const reader = openSync(path, 'r');
    const child = spawn('sh', ['-c', 'exec 3>>"$1"; echo open; exec sleep 60', 'sh', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(netlink.isOpenForWriting(reader)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(netlink.isOpenForWriting(reader)).toBe(false);
    closeSync(reader);
  });

  it('leaves writers alone: they open and write while it is asked without end', async () => {
    const path = file();
    const reader = openSync(path, 'r');
    const script = 'i=0; while [ $i -lt 2000 ]; do echo line >>"$1" || exit 1; i=$((i+1)); done';
    const child = spawn('sh', ['-c', script, 'sh', path], { stdio: 'ignore' });
    const ended = once(child, 'close');
    let isEnded = false;
    ended.then(() => {
      isEnded = true;
    });
    while (!isEnded) {
      for (let i = 0; i < 200; i++) netlink.isOpenForWriting(reader);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await ended)[0]).toBe(0);
    closeSync(reader);
  });

  it('fails for what has no lease, and takes a descriptor', () => {
    const folder = openSync('/', 'r');
    expect(() => netlink.isOpenForWriting(folder)).toThrow(expect.objectContaining({ code: 'ERR_SYSTEM' }));
    closeSync(folder);
    expect(() => netlink.isOpenForWriting(2 ** 30)).toThrow(expect.objectContaining({ code: 'ERR_SYSTEM' }));
    expect(() => netlink.isOpenForWriting(-1)).toThrow('fd must be an integer from 0 to 2147483647');
  });
});

describe('lockFile', () => {
  it('gives the lock to one description until it is closed', () => {
    const path = file();
    const [first, second] = [openSync(path, 'a'), openSync(path, 'a')];
    expect(netlink.lockFile(first)).toBe(true);
    expect(netlink.lockFile(first)).toBe(true);
    expect(netlink.lockFile(second)).toBe(false);
    writeSync(second, 'a lock does not keep anyone from writing');
    closeSync(first);
    expect(netlink.lockFile(second)).toBe(true);
    closeSync(second);
    expect(() => netlink.lockFile(2 ** 30)).toThrow(expect.objectContaining({ code: 'ERR_SYSTEM', syscall: 'flock' }));
  });
});
