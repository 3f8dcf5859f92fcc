import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';

/** A CPU profile of this process, being taken. */
export interface RunningProfile {
  /**
   * Ends it and writes it, in the format that Chromium's developer tools and speedscope read. A profile that is there is
   * replaced; where its name is a symbolic link, the link is, and never what it points to.
   * @throws the system's error
   */
  finish(path: string): Promise<void>;
}

/** Begins to take a CPU profile of the main thread. */
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

/** A file that must not be there: no link is followed, and nothing that others have made is written to. */
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Writes a new file and gives it the name. */
async function replaceFile(path: string, text: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  // A link or a file that somebody has put there, or that a process of this number has left.
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
