import { constants } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import type { FileFailure, SyncFailure } from '../../native/index.js';
import type { Disk } from '../../saver/index.js';

/** Operations of a disk; `cut` truncates a file after half a write. */
export type Operation =
  | 'open'
  | 'mkdir'
  | 'pwrite'
  | 'close'
  | 'fstat'
  | 'access'
  | 'cut'
  | 'unlink'
  | 'syncfs'
  | 'fdatasync';

/** A system error's code, such as `ENOSPC`. */
export type Code = keyof typeof constants.errno;

/** One file of a {@link FakeDisk}. */
export interface FakeFile {
  readonly path: string;
  bytes: Buffer;
  isOpen: boolean;
  /** Content that a power cut would leave. */
  onDisk: Buffer;
  /** True if a part could not be written back, so that everything after it is useless. */
  isBroken: boolean;
}

/** A disk in memory that fails on request, and performs one operation at a time, like a real one. */
export class FakeDisk implements Disk {
  readonly files = new Map<string, FakeFile>();
  /** Operations requested so far. */
  readonly asked: { readonly op: Operation; readonly path: string }[] = [];
  /** Called before every operation: returns the error to fail with. */
  refuses: (op: Operation, path: string) => Code | undefined = () => undefined;
  readonly #open = new Map<number, FakeFile>();
  #nextFd = 3;
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;
  #thaw: (() => void) | undefined;
  #stalled: Promise<void> | undefined;

  /** True while it performs an operation. */
  get isBusy(): boolean {
    return this.#pending > 0 && this.#thaw === undefined;
  }

  /** Stops answering, until the returned function is called. */
  hang(): () => void {
    const frozen = new Promise<void>((resolve) => {
      this.#thaw = () => {
        this.#thaw = undefined;
        resolve();
      };
    });
    this.#last = this.#last.then(() => frozen);
    return () => this.#thaw?.();
  }

  /** Stops finishing syncs, until the returned function is called. */
  stall(): () => void {
    let release = (): void => undefined;
    this.#stalled = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      this.#stalled = undefined;
      release();
    };
  }

  /** Removes a file as another program would, open or not. */
  remove(path: string): void {
    this.files.delete(path);
  }

  create(
    path: string,
    _fileMode: number,
    _folderMode: number,
    bytes: Uint8Array,
    closes: boolean,
  ): Promise<number | FileFailure> {
    return this.#inTurn(() => {
      const refused = this.#refusal('mkdir', path) ?? this.#refusal('open', path);
      if (refused !== undefined) return refused;
      if (this.files.has(path)) return failure('open', 'EEXIST');
      const file: FakeFile = { path, bytes: Buffer.alloc(0), isOpen: true, onDisk: Buffer.alloc(0), isBroken: false };
      const short = this.#refusal('pwrite', path);
      if (short !== undefined) return short;
      file.bytes = Buffer.from(bytes);
      this.files.set(path, file);
      const fd = this.#nextFd++;
      this.#open.set(fd, file);
      return closes ? this.#close(fd) : fd;
    });
  }

  append(fd: number, at: number, bytes: Uint8Array, closes: boolean): Promise<number | FileFailure> {
    return this.#inTurn(() => {
      const file = this.#file(fd);
      const refused = this.#refusal('fstat', file.path);
      if (refused !== undefined) return refused;
      if (this.files.get(file.path) !== file) return failure('fstat', 'ENOENT');
      if (at !== file.bytes.length) throw new Error(`append at ${at} to ${file.path} of ${file.bytes.length} bytes`);
      const short = this.#refusal('pwrite', file.path);
      if (short !== undefined) {
        if (this.#refusal('cut', file.path) === undefined) return short;
        file.bytes = Buffer.concat([file.bytes, bytes.subarray(0, Math.floor(bytes.length / 2))]);
        return { ...short, sound: false };
      }
      file.bytes = Buffer.concat([file.bytes, bytes]);
      return closes ? this.#close(fd) : fd;
    });
  }

  close(fd: number): Promise<number | FileFailure> {
    return this.#inTurn(() => this.#close(fd));
  }

  discard(path: string, fd: number, length: number): Promise<number | FileFailure> {
    return this.#inTurn(() => {
      this.asked.push({ op: 'unlink', path: `${path} ${length}` });
      const file = fd < 0 ? this.files.get(path) : this.#file(fd);
      if (fd >= 0) this.#open.delete(fd);
      if (file === undefined) return -1;
      file.isOpen = false;
      if (length === 0) this.files.delete(path);
      file.bytes = file.bytes.subarray(0, length);
      file.onDisk = file.bytes;
      file.isBroken = false;
      return -1;
    });
  }

  /**
   * After a failed `fdatasync` of a file nothing of it reaches the disk any longer; `syncfs` alone may fail because of
   * other files. Not in order: syncs have their own thread.
   */
  async sync(folders: readonly string[], fds: readonly number[]): Promise<number | SyncFailure> {
    this.#pending++;
    const state = [...this.files.values()].map((file) => ({ file, bytes: file.bytes }));
    for (let i = 0; i < 3; i++) await turn();
    this.#pending--;
    await this.#stalled;
    const [folder = ''] = folders;
    const broken = new Set<FakeFile>();
    for (const { file, bytes } of state) {
      if (bytes.length <= file.onDisk.length) continue;
      if (this.refuses('fdatasync', file.path) !== undefined) file.isBroken = true;
      if (file.isBroken) broken.add(file);
      else file.onDisk = bytes;
    }
    const refused = this.#refusal('syncfs', folder);
    if (refused === undefined && broken.size === 0) return -1;
    const failed = fds.filter((fd) => broken.has(this.#file(fd)));
    return { errno: refused?.errno ?? constants.errno.EIO, syscall: 'syncfs', failed };
  }

  exists(path: string): Promise<number | FileFailure> {
    return this.#inTurn(
      () => this.#refusal('access', path) ?? (this.files.has(path) ? -1 : failure('access', 'ENOENT')),
    );
  }

  #close(fd: number): number | FileFailure {
    const file = this.#file(fd);
    this.#open.delete(fd);
    file.isOpen = false;
    return this.#refusal('close', file.path) ?? -1;
  }

  #file(fd: number): FakeFile {
    const file = this.#open.get(fd);
    if (file === undefined) throw new Error(`${fd} is not open`);
    return file;
  }

  #refusal(op: Operation, path: string): FileFailure | undefined {
    this.asked.push({ op, path });
    const code = this.refuses(op, path);
    return code === undefined ? undefined : failure(op, code);
  }

  #inTurn(work: () => number | FileFailure): Promise<number | FileFailure> {
    this.#pending++;
    const done = this.#last
      .then(() => turn())
      .then(work)
      .finally(() => this.#pending--);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

function failure(syscall: Operation, code: Code): FileFailure {
  return { syscall, errno: constants.errno[code], sound: true };
}
