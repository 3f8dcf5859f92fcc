import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/** A CPU profile of this process, being taken. */
export interface RunningProfile {
  /** Ends it and writes it, in the format that Chromium's developer tools and speedscope read. */
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
      writeFileSync(path, JSON.stringify(profile));
    },
  };
}
