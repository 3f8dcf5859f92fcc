import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, KERNEL_FILE_BYTES, readSmallFile } from '../../../files/index.js';
import { TokenError } from './token.js';

const NAME = 'live-token';

/** File of a random token. */
export interface TokenFile {
  /** Path at which clients find the token. */
  readonly path: string;
  /** Removes the file, unless another collector has replaced it. */
  remove(): void;
}

/** Returns the folder of the random token; undefined if the environment names none. */
export function tokenFolder(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  // systemd lists several folders with colons.
  const [runtime] = (environment['RUNTIME_DIRECTORY'] ?? '').split(':');
  if (runtime !== undefined && runtime !== '') return runtime;
  const user = environment['XDG_RUNTIME_DIR'];
  return user === undefined || user === '' ? undefined : join(user, 'tcp-info');
}

/**
 * Writes a token for its owner only, as `live-token`, or as `live-token-PORT` while another collector with the former
 * runs. The name is a link to a file whose name has the process, so that a link of an ended process is replaced.
 * @param port port on which the token is asked for
 * @throws TokenError when the file cannot be written, or running collectors have both names
 */
export function writeTokenFile(folder: string, text: string, port: number): TokenFile {
  const own = `${NAME}.${process.pid}.${startTicks('self') ?? 0}.${randomBytes(6).toString('hex')}`;
  const ownPath = join(folder, own);
  let path = join(folder, NAME);
  let isWritten = false;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(ownPath, `${text}\n`, { mode: 0o600, flag: 'wx' });
    isWritten = true;
    chmodSync(ownPath, 0o600);
    if (!claim(path, folder, own)) {
      path = join(folder, `${NAME}-${port}`);
      if (!claim(path, folder, own)) throw new TokenError(`token file ${path}: another collector that runs has it`);
    }
  } catch (cause) {
    if (isWritten) rmSync(ownPath);
    if (cause instanceof TokenError) throw cause;
    throw new TokenError(`token file ${path}: cannot be written: ${errorCode(cause) ?? String(cause)}`, { cause });
  }
  const remove = (): void => {
    if (targetOf(path) === own) rmSync(path);
    rmSync(ownPath, { force: true });
  };
  return { path, remove };
}

/** Links a path to a file, and returns true; false if the path has the token of a collector that runs. */
function claim(path: string, folder: string, own: string): boolean {
  try {
    symlinkSync(own, path);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const before = targetOf(path);
  const [named, pid = '', ticks] = OWN_NAME.exec(before ?? '') ?? [];
  if (named !== undefined && startTicks(pid) === ticks) return false;
  const link = join(folder, `${own}.new`);
  symlinkSync(own, link);
  try {
    renameSync(link, path);
  } catch (error) {
    rmSync(link);
    throw error;
  }
  if (named !== undefined) rmSync(join(folder, named), { force: true });
  return true;
}

const OWN_NAME = /^live-token\.(\d+)\.(\d+)\.[0-9a-f]+$/;

/** Returns the target of a link; undefined for anything else. */
function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (['ENOENT', 'EINVAL'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Index of `starttime` in `/proc/PID/stat` after the name, which may contain blanks (proc_pid_stat(5)). */
const START_TIME = 19;

/** Returns the start time of a process in ticks since boot; undefined if there is no such process. */
function startTicks(pid: string): string | undefined {
  try {
    const stat = readSmallFile(`/proc/${pid}/stat`, { maxBytes: KERNEL_FILE_BYTES }).toString('latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME];
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
