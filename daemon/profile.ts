import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';

/** CPU profile of this process that is being recorded. */
export interface RunningProfile {
  /**
   * Ends the profile and writes it, in the format of Chromium's developer tools and speedscope. Replaces an existing
   * profile; replaces a symbolic link, never its target.
   * @throws the system error
   */
  finish(path: string): Promise<void>;
}

/** Starts a CPU profile of the main thread. */
export async function startProfile(): Promise<RunningProfile> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  return {
    async finish(path) {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      await replaceFile(path, JSON.stringify(profile));
    },
  };
}

/** Flags for a file that must not exist yet: no link is followed, no other program's file is written to. */
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Writes a new file and renames it. */
async function replaceFile(path: string, text: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  // Left by an earlier process with this number, or put there by another user.
  await rm(partial, { force: true });
  const file = await open(partial, NEW, 0o644);
  try {
    await file.writeFile(text);
    await file.close();
    await rename(partial, path);
  } catch (error) {
    await file.close();
    await rm(partial, { force: true });
    throw error;
  }
}
