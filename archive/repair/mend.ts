import { randomBytes } from 'node:crypto';
import { constants, rmSync } from 'node:fs';
import { type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Finding } from './examine.js';
import { identityOf, sameIdentity } from './identity.js';
import { readRange } from './read-range.js';

/** Suffix of temporary files with the valid part of an archive, in the archive's folder. Readers ignore them. */
const TEMPORARY = '.repair-tmp';

/** Returns a new name for each attempt: concurrent repairs must not rename each other's files. */
function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}${TEMPORARY}`);
}

/** Returns whether a name is that of a temporary file of {@link mend}, left when a repair was killed. */
export function isTemporaryName(name: string): boolean {
  return /^\..*\.[0-9a-f]{8}\.repair-tmp$/s.test(name);
}

/** Error for an archive that was written or replaced after it was examined. */
export class ChangedError extends Error {
  override readonly name = 'ChangedError';
  readonly code = 'ERR_CHANGED';

  constructor(readonly path: string) {
    super(`${path} was changed meanwhile`);
  }
}

/**
 * Replaces an archive by its valid part, with the same mode, time of last write and, if permitted, owner. The part is
 * on disk before it is renamed: if the process is killed, the archive is the complete old one or the complete new one.
 * @throws ChangedError, or a system error; then the archive is unchanged
 */
export async function mend({ path, identity, soundBytes }: Finding): Promise<void> {
  const source = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const stat = await source.stat({ bigint: true });
    if (!sameIdentity(identityOf(stat), identity)) throw new ChangedError(path);
    const temporary = temporaryPath(path);
    const target = await open(temporary, 'wx', 0o600);
    // Removes the file when a signal ends the process. After SIGKILL it stays, and the next run removes it.
    const removeNow = (): void => rmSync(temporary, { force: true });
    process.once('exit', removeNow);
    try {
      try {
        await copy(source, soundBytes, target, path);
        // Owner first: changing it clears bits of the mode.
        await target.chown(Number(stat.uid), Number(stat.gid)).catch(ignoreNotPermitted);
        await target.chmod(Number(stat.mode) & 0o7777);
        await target.utimes(Number(stat.atimeNs) / 1e9, Number(stat.mtimeNs) / 1e9);
        await target.sync();
      } finally {
        await target.close();
      }
      if (!sameIdentity(identityOf(await lstat(path, { bigint: true })), identity)) throw new ChangedError(path);
      await rename(temporary, path);
    } catch (error) {
      // Only the error above matters; the next run removes a temporary file that stays.
      await unlink(temporary).catch(() => undefined);
      throw error;
    } finally {
      process.off('exit', removeNow);
    }
    await syncFolder(dirname(path));
  } finally {
    await source.close();
  }
}

/**
 * Deletes an archive that is unchanged since it was examined.
 * @throws ChangedError, or a system error
 */
export async function remove({ path, identity }: Finding): Promise<void> {
  if (!sameIdentity(identityOf(await lstat(path, { bigint: true })), identity)) throw new ChangedError(path);
  await unlink(path);
}

async function copy(source: FileHandle, bytes: number, target: FileHandle, path: string): Promise<void> {
  let copied = 0;
  for await (const chunk of readRange(source, 0, bytes)) {
    await target.writeFile(chunk);
    copied += chunk.length;
  }
  if (copied !== bytes) throw new ChangedError(path);
}

function ignoreNotPermitted(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPERM') throw error;
}

/** Makes the new name survive a power failure. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
