import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StreamDisk } from '../../../live/stream/index.js';

const ENOSPC = 28;
const EIO = 5;

/** Disk in a folder of the test. Operations fail when they are told to, as a full disk or a broken one does. */
export class FileDisk implements StreamDisk {
  /** Operations so far, failed ones too. */
  readonly calls: string[] = [];
  readonly #fails: (call: string) => 'no' | 'full' | 'broken';

  /** @param fails decides for each operation, by its name, whether it fails; `broken` leaves bytes behind */
  constructor(fails: (call: string) => 'no' | 'full' | 'broken' = () => 'no') {
    this.#fails = fails;
  }

  async create(path: string, _file: number, _folder: number, bytes: Uint8Array): ReturnType<StreamDisk['create']> {
    if (this.#fail('create') !== 'no') return { errno: ENOSPC, syscall: 'pwrite', sound: true };
    if (existsSync(path)) throw new Error(`${path} is there: a name was used twice`);
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(path, 'wx');
    writeSync(fd, bytes);
    return fd;
  }

  async append(fd: number, at: number, bytes: Uint8Array): ReturnType<StreamDisk['append']> {
    const failure = this.#fail('append');
    if (failure === 'full') return { errno: ENOSPC, syscall: 'pwrite', sound: true };
    writeSync(fd, bytes, 0, failure === 'broken' ? Math.ceil(bytes.length / 2) : bytes.length, at);
    return failure === 'broken' ? { errno: EIO, syscall: 'ftruncate', sound: false } : fd;
  }

  async close(fd: number): ReturnType<StreamDisk['close']> {
    closeSync(fd);
    return -1;
  }

  async sync(_folders: readonly string[], fds: readonly number[]): ReturnType<StreamDisk['sync']> {
    return this.#fail('sync') === 'no' ? -1 : { errno: EIO, syscall: 'fdatasync', failed: [...fds] };
  }

  #fail(call: string): 'no' | 'full' | 'broken' {
    this.calls.push(call);
    return this.#fails(call);
  }
}

/** Cuts a file, as a crash in a write does; removes it if nothing is left. */
export function cutFile(path: string, length: number): void {
  if (length === 0) {
    unlinkSync(path);
    return;
  }
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, length);
  closeSync(fd);
}
