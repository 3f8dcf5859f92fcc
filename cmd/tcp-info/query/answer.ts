import { availableParallelism } from 'node:os';
import { Connections } from '../../../analysis/index.js';
import { settle } from '../../../archive/index.js';
import { fileSource, readExchanges } from '../../../archive/input/index.js';
import { analysisDeriver, createPrinter, DuckDbError, type QueryNeeds, QuerySession } from '../../../export/index.js';
import { makeTemporaryFolder, TemporaryFolderError, thenRemove } from '../../../host/index.js';
import { messageLine } from '../../../view/index.js';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import { ArchiveSession } from '../../tool/archive-session.js';
import type { CommandContext } from '../../tool/command-context.js';
import { dataWriter } from '../../tool/data-writer.js';
import { endFailedRun } from '../../tool/failure.js';
import { hasReaderGone } from '../../tool/output.js';
import { readArchiveRows } from '../archive-rows.js';
import { PROGRAM, type QueryOptions } from './options.js';
import { findParquet } from './parquet-files.js';

/** Runs the query, prints its rows and returns the exit code. */
export async function answerQuery(
  options: QueryOptions,
  { stdout, stderr }: Pick<CommandContext, 'stdout' | 'stderr'>,
): Promise<number> {
  let reading: ArchiveSession | undefined;
  const open = async (): Promise<ArchiveSession> => {
    reading = await ArchiveSession.openAll({ program: PROGRAM, ...options, stdout, stderr });
    return reading;
  };
  const say = (line: string): void => {
    if (reading !== undefined) reading.print(line);
    else stderr.write(messageLine(PROGRAM, line));
  };
  let folder: string;
  try {
    folder = await makeTemporaryFolder('tcp-info-query-');
  } catch (error) {
    if (!(error instanceof TemporaryFolderError)) throw error;
    say(error.message);
    return EXIT_FAILED;
  }
  return await thenRemove(folder, async () => {
    try {
      const writeData = dataWriter(stdout);
      await query(options, { folder, open, print: (text) => writeData(Buffer.from(text)) });
      return reading?.finish() ?? EXIT_OK;
    } catch (error) {
      reading?.clear();
      if (hasReaderGone(error)) return reading?.problems.exitCode ?? EXIT_OK;
      if (error instanceof MixedInputError || (error instanceof DuckDbError && error.code === 'ERR_SQL')) {
        say(withViews(error.message));
        return EXIT_USAGE;
      }
      if (!(error instanceof DuckDbError)) return endFailedRun(error, reading, say);
      say(error.message);
      return EXIT_FAILED;
    }
  });
}

/** Names the program's views in DuckDB's message about an unknown table, which suggests its internal tables. */
function withViews(message: string): string {
  // The program's name already says this.
  return message
    .replace(/^query: /, '')
    .replace(
      /^(.*Table with name (\S+) does not exist!)\nDid you mean "(?!snapshots|connections|metadata|http).*$/m,
      (_, what: string, name: string) =>
        /^(snapshots|connections|metadata|http)$/i.test(name)
          ? `${what}\nThese Parquet files have no ${name}.`
          : `${what}\nThe views are snapshots, connections, metadata and http.`,
    );
}

/** Thrown when some paths are Parquet and others are not. */
class MixedInputError extends Error {
  readonly code = 'ERR_MIXED_INPUT';
}

interface QueryContext {
  readonly folder: string;
  /** Opens the archives. */
  readonly open: () => Promise<ArchiveSession>;
  readonly print: (text: string) => Promise<void>;
}

async function query(options: QueryOptions, { folder, open, print }: QueryContext): Promise<void> {
  const { sql, paths, memoryBytes, format } = options;
  const parquetFiles = await allParquet(paths);
  const threads = availableParallelism();
  const session = await QuerySession.open({ folder, memoryBytes, threads, parquetFiles });
  try {
    const needs = await session.prepare(sql);
    if (parquetFiles.length === 0) await loadArchives(session, needs, await open());
    else if (needs.tables.has('connections')) await session.loadConnections();
    const printer = createPrinter(format);
    const { names, rows } = await session.run();
    await printSome(print, printer.begin(names));
    for await (const some of rows) await printSome(print, printer.rows(some));
    await printSome(print, printer.end());
  } finally {
    session.close();
  }
}

async function printSome(print: QueryContext['print'], text: string): Promise<void> {
  if (text !== '') await print(text);
}

/** Returns the Parquet files of all paths; empty when the paths are archives. */
async function allParquet(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map(findParquet));
  const archives = paths.filter((_, i) => found[i]?.length === 0);
  if (archives.length === paths.length) return [];
  const [first] = archives;
  if (first !== undefined)
    throw new MixedInputError(`${first}: not Parquet, but other paths are: give archives or Parquet, not both`);
  return found.flat();
}

async function loadArchives(session: QuerySession, needs: QueryNeeds, reading: ArchiveSession): Promise<void> {
  await session.load(needs);
  const { tables, derived } = needs;
  if (tables.has('http')) await loadExchanges(session, reading);
  if (!(['snapshots', 'connections', 'metadata'] as const).some((table) => tables.has(table))) return;
  const waits: (Promise<void> | undefined)[] = [];
  const connections = tables.has('connections')
    ? new Connections((row) => waits.push(session.addConnection(row)))
    : undefined;
  let archive: string | undefined;
  let uuid: string | undefined;
  await readArchiveRows({
    reading,
    deriver: derived && tables.has('snapshots') ? analysisDeriver() : undefined,
    add: (row) => {
      if (row.path !== archive || row.metadata?.uuid !== uuid) {
        archive = row.path;
        uuid = row.metadata?.uuid;
        connections?.begin(row.metadata);
        waits.push(session.addArchive(row));
      }
      connections?.add(row.view);
      waits.push(session.addSnapshot(row));
      return settle(waits);
    },
  });
  while (connections?.endNext()) await settle(waits);
}

async function loadExchanges(session: QuerySession, { exchanges, options }: ArchiveSession): Promise<void> {
  for (const path of exchanges) {
    for await (const exchange of readExchanges(fileSource(path, undefined, options), options)) {
      await session.addExchange(exchange);
    }
  }
}
