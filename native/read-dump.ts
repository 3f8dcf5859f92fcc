import type { DumpOptions, DumpPart, Requester } from './requester-binding.js';

/** Number of parts that are read ahead, so that the thread and the caller work at the same time. */
const PARTS_AHEAD = 2;

/**
 * Makes one dump and returns its parts. The dump ends when the caller stops the iteration.
 * @throws an Error with `code` of `ScanFailure`, `errno` and `syscall` when the dump is incomplete; the reason of
 * `signal` when it is aborted
 */
export async function* readDump(
  requester: Requester,
  options: DumpOptions,
  signal?: AbortSignal,
): AsyncGenerator<DumpPart, void, undefined> {
  signal?.throwIfAborted();
  const dump = requester.startDump(options);
  const ahead: Promise<DumpPart | undefined>[] = [];
  try {
    while (true) {
      while (ahead.length < PARTS_AHEAD) ahead.push(requester.nextPart(dump));
      const part = await ahead.shift();
      signal?.throwIfAborted();
      if (part === undefined) return;
      yield part;
      if (part.isLast) return;
    }
  } finally {
    requester.endDump(dump);
    // Parts that are not wanted any longer fail with ECANCELED.
    await Promise.allSettled(ahead);
  }
}
