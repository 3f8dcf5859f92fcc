import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ADDON_PATH_VARIABLE, netlink } from '../../native/index.js';
import { tempFolder } from '../support/temp.js';

const { ENOENT, EEXIST, ENOTDIR, ENOSPC, EBADF } = constants.errno;
const FIRST = Buffer.from('first');
const thread = () => new netlink.FileThread();

/** Returns the descriptor that an operation resolved with. */
function descriptor(result: unknown): number {
  if (typeof result !== 'number') throw new Error(`failed: ${JSON.stringify(result)}`);
  return result;
}

describe('a file thread', () => {
  it('creates, appends and closes in the order of the calls', async () => {
    const files = thread();
    const path = join(tempFolder(), 'a/b/c');
    const fd = descriptor(await files.create(path, 0o600, 0o700, FIRST, false));
    expect(fd).toBeGreaterThan(2);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    const results = await Promise.all([files.append(fd, 5, Buffer.from('+'), false), files.append(fd, 6, FIRST, true)]);
    expect(results).toEqual([fd, -1]);
    expect(readFileSync(path, 'utf8')).toBe('first+first');
    expect(await files.close(fd)).toMatchObject({ errno: EBADF, syscall: 'close' });
  });

  it('creates and closes in one call, and never overwrites a file', async () => {
    const files = thread();
    const path = join(tempFolder(), 'file');
    expect(await files.create(path, 0o666, 0o777, FIRST, true)).toBe(-1);
    expect(await files.create(path, 0o666, 0o777, Buffer.from('x'), true)).toMatchObject({
      errno: EEXIST,
      syscall: 'open',
    });
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(await files.exists(path)).toBe(-1);
    expect(await files.exists(`${path}.not`)).toMatchObject({ errno: ENOENT });
  });

  it('reports a file that cannot be created', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file/below');
    expect(await thread().create(path, 0o666, 0o777, FIRST, true)).toMatchObject({ errno: ENOTDIR, syscall: 'open' });
    // A file system in which no file can be created, although the folder exists.
    expect(await thread().create('/proc/none/x', 0o666, 0o777, FIRST, true)).toMatchObject({ syscall: 'mkdir' });
  });

  it('reports a full disk, and leaves the file unchanged', async () => {
    const fd = openSync('/dev/full', 'w');
    const result = await thread().append(fd, 0, FIRST, false);
    expect(result).toMatchObject({ errno: ENOSPC, syscall: 'pwrite' });
    closeSync(fd);
  });

  it('writes nothing to a removed file', async () => {
    const files = thread();
    const path = join(tempFolder(), 'file');
    const fd = descriptor(await files.create(path, 0o666, 0o777, FIRST, false));
    rmSync(path);
    expect(await files.append(fd, 5, FIRST, true)).toEqual({ errno: ENOENT, syscall: 'fstat', sound: true });
    expect(await files.close(fd)).toBe(-1);
    expect(existsSync(path)).toBe(false);
  });

  it('truncates or removes a file, and closes it', async () => {
    const files = thread();
    const folder = tempFolder();
    const make = async (name: string) => descriptor(await files.create(join(folder, name), 0o600, 0o700, FIRST, false));
    const [cut, gone] = [await make('cut'), await make('gone')];
    expect(await files.discard(join(folder, 'cut'), cut, 2)).toBe(-1);
    expect(readFileSync(join(folder, 'cut'), 'utf8')).toBe('fi');
    expect(await files.close(cut)).toMatchObject({ errno: EBADF });
    expect(await files.discard(join(folder, 'gone'), gone, 0)).toBe(-1);
    expect(existsSync(join(folder, 'gone'))).toBe(false);
    // The file is closed, and had already been removed.
    expect(await files.discard(join(folder, 'gone'), -1, 0)).toBe(-1);
    expect(await files.discard(folder, -1, 0)).toMatchObject({ syscall: 'unlink' });
  });

  it('syncs existing files when their folders are gone', async () => {
    const files = thread();
    const folder = tempFolder();
    const fd = descriptor(await files.create(join(folder, 'a/file'), 0o600, 0o700, FIRST, false));
    expect(await files.sync([folder, join(folder, 'a')], [fd])).toBe(-1);
    rmSync(join(folder, 'a'), { recursive: true });
    expect(await files.sync([folder, join(folder, 'a'), join(folder, 'never')], [fd])).toBe(-1);
    expect(await files.close(fd)).toBe(-1);
    // A path that is not a file has no data to write back.
    expect(await files.sync([], [1])).toBe(-1);
    expect(await files.sync([], [fd])).toEqual({ errno: EBADF, syscall: 'sync_file_range', failed: [fd] });
  });

  it('reports a folder that cannot be opened for a sync', async () => {
    const files = thread();
    const folder = tempFolder();
    const path = join(folder, 'file');
    const fd = descriptor(await files.create(path, 0o600, 0o700, FIRST, false));
    const failure = { errno: ENOTDIR, syscall: 'open', failed: [] };
    expect(await files.sync([path], [])).toEqual(failure);
    expect(await files.sync([path, '/proc'], [])).toEqual(failure);
    expect(await files.sync([join(path, 'below')], [fd])).toEqual(failure);
    // Its file system is synced all the same: through a file on it, or through another folder.
    expect(await files.sync([path], [fd])).toBe(-1);
    expect(await files.sync([path, folder], [])).toBe(-1);
    expect(await files.close(fd)).toBe(-1);
  });

  it('handles thousands of calls at once', async () => {
    const files = thread();
    const folder = tempFolder();
    const paths = Array.from({ length: 3000 }, (_, i) => join(folder, String(i)));
    const results = await Promise.all(paths.map((path) => files.create(path, 0o666, 0o777, Buffer.from(path), true)));
    expect(new Set(results)).toEqual(new Set([-1]));
    for (const path of paths) expect(readFileSync(path, 'utf8')).toBe(path);
  });

  it('rejects wrong arguments', () => {
    const files = thread();
    const wrong = (value: unknown): never => value as never;
    expect(() => files.create('', 0o666, 0o777, FIRST, true)).toThrow(new TypeError('path must be a path'));
    expect(() => files.create('a\0b', 0o666, 0o777, FIRST, true)).toThrow(TypeError);
    expect(() => files.create('a', -1, 0o777, FIRST, true)).toThrow('fileMode must be an integer from 0 to 4095');
    expect(() => files.create('a', 0, 0, wrong('text'), true)).toThrow('bytes must be a Uint8Array');
    expect(() => files.append(wrong(undefined), 0, FIRST, true)).toThrow('fd must be an integer');
    expect(() => files.discard('a', -2, 0)).toThrow('fd must be an integer from -1');
    expect(() => files.sync(['a', wrong(1)], [])).toThrow('folders[1] must be a path');
    expect(() => files.sync([], [-1])).toThrow('fds[0] must be an integer');
    expect(() => files.append(3, -1, FIRST, true)).toThrow('at must be an integer');
  });
});

/** Runs a script with the addon in a separate process. */
function node(script: string) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const addon = process.env[ADDON_PATH_VARIABLE] ?? join(root, 'native', 'build', 'Release', 'netlink.node');
  const preamble = `const addon = require(${JSON.stringify(addon)}); const files = new addon.FileThread();`;
  return spawnSync(process.execPath, ['-e', `${preamble}\n${script}`], { encoding: 'utf8', timeout: 25_000 });
}

describe('the process of a file thread', () => {
  it('ends when there is nothing to do, and not earlier', () => {
    const path = join(tempFolder(), 'file');
    const { status } = node(`files.create(${JSON.stringify(path)}, 0o666, 0o777, Buffer.from('x'), true);`);
    expect(status).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('x');
  });

  it('ends on process.exit with pending work', () => {
    const folder = tempFolder();
    const { status, stderr } = node(`
      const big = Buffer.alloc(1 << 20);
      for (let i = 0; i < 10000; i++) files.create(${JSON.stringify(folder)} + '/' + i, 0o666, 0o777, big, true);
      setTimeout(() => process.exit(3), 50);
    `);
    expect([stderr, status]).toEqual(['', 3]);
  });

  it('may be a worker that is terminated', () => {
    const { status, stdout, stderr } = node(`
      const { Worker } = require('node:worker_threads');
      const addonPath = Object.keys(require.cache).find((path) => path.endsWith('.node'));
      const text = \`
        const { FileThread } = require(\${JSON.stringify(addonPath)});
        const files = new FileThread();
        const again = () => files.exists('/').then(again);
        again();
        again();
        require('node:worker_threads').parentPort.postMessage('running');\`;
      const worker = new Worker(text, { eval: true });
      worker.once('message', async () => { await worker.terminate(); console.log('ended'); });
    `);
    expect([stderr, stdout, status]).toEqual(['', 'ended\n', 0]);
  });
});
