import type { Command } from 'commander';
import { makeTemporaryFolder, TemporaryFolderError, thenRemove } from '../../../host/index.js';
import { messageLine } from '../../../words/index.js';
import { EXIT_FAILED } from '../../flags/exit-codes.js';
import { ArchiveSession } from '../../tool/archive-session.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { endFailedRun } from '../../tool/failure.js';
import { write } from '../../tool/output.js';
import { dryRun } from './dry-run.js';
import { loadRules } from './load-rules.js';
import { PROGRAM, type TestOptions } from './options.js';
import { playRecords, recordedConnections } from './play-archives.js';
import { dryRunJson, dryRunText, firedAlerts } from './report.js';
import { isStored, type StoredArchive, storedArchive } from './stored-archive.js';
import { UnpackError, unpackArchives } from './unpack-archives.js';

/** Plays archives through rules, prints the alerts and returns the exit code. */
export async function runTest(command: Command, context: CommandContext): Promise<number> {
  const program = `${PROGRAM} test`;
  const { stdout, stderr } = context;
  const options = command.opts<TestOptions>();
  const [file = '', ...paths] = command.args;
  const rules = loadRules(program, file, stderr);
  if (typeof rules === 'number') return rules;
  const say = (text: string): void => void stderr.write(messageLine(program, text));
  ignoreErrorEvents(stdout, stderr);
  let reading: ArchiveSession | undefined;
  try {
    const { strict, maxWindow: maxWindowBytes } = options;
    reading = await ArchiveSession.open({ program, paths, maxWindowBytes, strict, stdout, stderr });
    const session = reading;
    const result = await withStored(session, (archives) =>
      dryRun(rules, playRecords(recordedConnections(archives, session.options))),
    );
    const exitCode = reading.finish();
    const alerts = firedAlerts(result.transitions);
    const text =
      options.format === 'json'
        ? dryRunJson(result, alerts)
        : dryRunText(result, alerts, { rules: rules.length, zone: options.time });
    await write(stdout, Buffer.from(text));
    return exitCode;
  } catch (error) {
    if (!(error instanceof UnpackError) && !(error instanceof TemporaryFolderError))
      return endFailedRun(error, reading, say);
    reading?.clear();
    say(error.message);
    return EXIT_FAILED;
  }
}

/** Calls back with all archives on the disk: those of tars and streams are unpacked into a folder for the while. */
async function withStored<T>(
  { found, options }: ArchiveSession,
  use: (archives: readonly StoredArchive[]) => Promise<T>,
): Promise<T> {
  const stored = found.filter(isStored).map(storedArchive);
  const packed = found.filter((path) => !isStored(path));
  if (packed.length === 0) return await use(stored);
  const folder = await makeTemporaryFolder('tcp-info-alerts-');
  return await thenRemove(
    folder,
    async () => await use([...stored, ...(await unpackArchives(packed, folder, options))]),
  );
}
