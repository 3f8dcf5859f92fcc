import { candidates, WhereError } from '../../../archive/connections/index.js';
import { ArchiveStoreError, openArchiveStore } from '../../../archive/store/index.js';
import { LiveListenError } from '../../../live/api/index.js';
import { messageLine, oneLine } from '../../../view/index.js';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import { ArchiveSession } from '../../tool/archive-session.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { endFailedRun } from '../../tool/failure.js';
import { compileFilter, FilterError } from '../../tool/filter-option.js';
import { write } from '../../tool/output.js';
import { chooseConnections, SelectionError, whereExitCode } from '../../tool/selection-options.js';
import { PROGRAM, type ViewOptions } from './options.js';
import { createViewServer } from './view-server.js';

/** Reads the archives, serves the page until the user ends it, and returns the exit code. */
export async function viewArchives(options: ViewOptions, surroundings: CommandContext): Promise<number> {
  const { stdout, stderr } = surroundings;
  const say = (text: string): void => void stderr.write(messageLine(PROGRAM, text));
  ignoreErrorEvents(stdout, stderr);
  let reading: ArchiveSession | undefined;
  try {
    return await view(options, surroundings, async (choose) => {
      const { paths, copies = paths, maxWindow, strict } = options;
      const common = { program: PROGRAM, strict, stdout, stderr, keepsRows: true };
      const input = { ...common, paths: copies, maxWindowBytes: maxWindow };
      reading = await ArchiveSession.open(input, choose);
      return reading;
    });
  } catch (error) {
    reading?.clear();
    if (error instanceof SelectionError || error instanceof FilterError || error instanceof LiveListenError) {
      say(error.message);
      return EXIT_USAGE;
    }
    if (error instanceof WhereError) {
      say(error.message);
      return whereExitCode(error);
    }
    if (error instanceof ArchiveStoreError) {
      say(error.message);
      return EXIT_FAILED;
    }
    return endFailedRun(error, reading, say);
  }
}

type OpenReading = (choose: (found: readonly string[]) => readonly string[]) => Promise<ArchiveSession>;

async function view(options: ViewOptions, { stdout, stderr, signals }: CommandContext, open: OpenReading) {
  const { paths, strict, listen = { host: '127.0.0.1', port: 0 } } = options;
  const say = (text: string): void => void stderr.write(messageLine(PROGRAM, oneLine(text)));
  const { selection, where } = chooseConnections(options, Date.now());
  const filter = compileFilter(options.filter);
  const reading = await open((found) => candidates(found, selection));
  const store = await openArchiveStore(reading, { selection, filter, where, strict });
  const exitCode = reading.finish();
  if (store.size === 0) {
    if (exitCode === EXIT_OK) say(`no connection in ${paths.join(', ')} matches`);
    return exitCode === EXIT_OK ? EXIT_FAILED : exitCode;
  }
  const server = createViewServer({ store, listen, place: placeOf(paths), say });
  const ended = new Promise<void>((resolve) => {
    // A second signal does not wait for clients.
    signals.onShutdown(
      () => resolve(),
      () => process.exit(exitCode),
    );
    signals.onHangup?.(resolve);
  });
  const { addresses, pageUrl } = await server.start();
  try {
    const count = store.size === 1 ? '1 connection' : `${store.size.toLocaleString('en-US')} connections`;
    say(`${count}; Ctrl-C ends`);
    await write(stdout, Buffer.from(`${pageUrl ?? addresses.join(' ')}\n`));
    await ended;
  } finally {
    await server.close();
  }
  return exitCode;
}

function placeOf(paths: readonly string[]): string {
  return paths.length === 1 ? (paths[0] ?? '') : `${paths.length} paths`;
}
