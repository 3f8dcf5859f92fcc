import type { ConnectionRow } from '../../../analysis/index.js';
import { candidates, latestFirst, WhereError } from '../../../archive/connections/index.js';
import {
  type FoundAmong,
  findAmong,
  findConnection,
  planTarget,
  type Search,
  type Target,
  TargetError,
} from '../../../archive/search/index.js';
import { packageVersion } from '../../../host/index.js';
import { ShownConnection, showHtml, showJson, showSvg, showText } from '../../../view/connection/index.js';
import { choiceText, messageLine, oneLine, rowsOf, textStyle, type Zone } from '../../../view/index.js';
import { EXIT_FAILED, EXIT_USAGE } from '../../flags/exit-codes.js';
import { ArchiveSession } from '../../tool/archive-session.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { endFailedRun } from '../../tool/failure.js';
import { compileFilter, FilterError } from '../../tool/filter-option.js';
import { write } from '../../tool/output.js';
import { writeOutput } from '../../tool/output-file.js';
import { chooseConnections, isChoosing, SelectionError, whereExitCode } from '../../tool/selection-options.js';
import { PROGRAM, type ShowOptions } from './options.js';

/** Lines on a terminal besides the timeline: the facts above it, and the prompt. */
const OTHER_LINES = 23;
const LEAST_ROWS = 12;

/** Finds the connection, prints it and returns the exit code. */
export async function showConnection(options: ShowOptions, surroundings: CommandContext): Promise<number> {
  const { stdout, stderr } = surroundings;
  const say = (text: string): void => void stderr.write(messageLine(PROGRAM, oneLine(text)));
  const wrong = contradiction(options);
  if (wrong !== undefined) {
    say(wrong);
    return EXIT_USAGE;
  }
  ignoreErrorEvents(stdout, stderr);
  let reading: ArchiveSession | undefined;
  try {
    return await show(options, surroundings, async (paths, choose) => {
      const { strict, maxWindow } = options;
      const input = { program: PROGRAM, paths, maxWindowBytes: maxWindow, strict, stdout, stderr };
      reading = await ArchiveSession.open(input, choose);
      return reading;
    });
  } catch (error) {
    reading?.clear();
    if (error instanceof FilterError) {
      stderr.write(messageLine(PROGRAM, error.message));
      return EXIT_USAGE;
    }
    if (error instanceof WhereError) {
      stderr.write(messageLine(PROGRAM, error.message));
      return whereExitCode(error);
    }
    if (error instanceof SelectionError || error instanceof TargetError) {
      say(error.message);
      return EXIT_USAGE;
    }
    return endFailedRun(error, reading, say);
  }
}

type OpenReading = (paths: readonly string[], choose: Search['choose']) => Promise<ArchiveSession>;

async function show(options: ShowOptions, surroundings: CommandContext, open: OpenReading): Promise<number> {
  const [what, ...paths] = options.copies ?? options.args;
  const { selection, where, zone } = chooseConnections(options, Date.now());
  const filter = compileFilter(options.filter);
  const target = await planTarget({ what, paths, selection, isChoosing: options.last || isChoosing(options) });
  let reading: ArchiveSession;
  let found: FoundAmong<ShownConnection>;
  const create = (): ShownConnection => new ShownConnection();
  if (target.kind === 'file') {
    reading = await open(target.search.paths, target.search.choose);
    found = await findConnection(target.search.wanted, reading, create);
  } else {
    reading = await open(target.paths, (all) => {
      const chosen = candidates(all, target.selection);
      return options.last ? latestFirst(chosen) : chosen;
    });
    found = await findAmong(reading, { ...options, selection: target.selection, filter, where }, create);
  }
  const exitCode = reading.finish();
  const row = found.kind === 'one' ? found.connection.row : undefined;
  if (found.kind === 'one' && row !== undefined) {
    await print(found.connection, row, { ...options, zone }, surroundings);
    return exitCode;
  }
  if (found.kind === 'choice') {
    surroundings.stderr.write(choiceText({ ...found, zone }, textStyle(surroundings.stderr, process.env)));
    return EXIT_USAGE;
  }
  surroundings.stderr.write(messageLine(PROGRAM, explain(found, target, options)));
  if (found.kind === 'several') return EXIT_USAGE;
  return exitCode === 0 ? EXIT_FAILED : exitCode;
}

function contradiction(options: ShowOptions): string | undefined {
  const { args, html, svg, format, last, livePage } = options;
  if (html === '-' && svg === '-') return '--html and --svg cannot both go to standard output';
  if (format === 'json' && (html !== undefined || svg !== undefined)) return '--format=json is not for --html or --svg';
  if (livePage !== undefined && html === undefined) return '--live-page is only for --html';
  if (args.length === 0 && !last && !isChoosing(options))
    return "missing argument 'FILE|UUID|ENDS', or options that choose, such as --last (see --help)";
  return args[0] === '' ? 'the UUID is empty' : undefined;
}

async function print(
  shown: ShownConnection,
  row: ConnectionRow,
  options: ShowOptions & { readonly zone: Zone },
  { stdout }: CommandContext,
): Promise<void> {
  const { html, svg, format, rows, zone, livePage } = options;
  if (html !== undefined)
    await writeOutput(html, showHtml(shown, row, { version: packageVersion(), zone, livePage }), stdout);
  if (svg !== undefined) await writeOutput(svg, showSvg(shown, row, zone), stdout);
  if (html !== undefined || svg !== undefined) return;
  if (format === 'json') {
    await writeOutput('-', showJson(shown, row), stdout);
    return;
  }
  const fitting = rows ?? Math.max(LEAST_ROWS, rowsOf(stdout) - OTHER_LINES);
  await write(stdout, Buffer.from(showText(shown, row, fitting, textStyle(stdout, process.env), zone)));
}

/** Explains why there is nothing to show. */
function explain(
  found: Exclude<FoundAmong<ShownConnection>, { kind: 'choice' }>,
  target: Target,
  { args, copies = args }: ShowOptions,
): string {
  const name = oneLine(args[0] ?? 'options');
  const given = (path: string): string => args[copies.indexOf(path)] ?? path;
  switch (found.kind) {
    case 'several': {
      const lines = found.matches.map(([uuid, path]) => `  ${oneLine(uuid)}  ${oneLine(path)}`);
      const more = found.more > 0 ? [`  and ${found.more} more`] : [];
      return [`${found.matches.length + found.more} connections match:`, ...lines, ...more].join('\n');
    }
    case 'one':
      return `${name}: no record of the connection can be read`;
    case 'unreadable':
      return `${name}: no record of a connection can be read`;
    case 'none': {
      const paths = oneLine(target.kind === 'file' ? name : target.paths.map(given).join(', '));
      if (target.kind === 'among' && target.selection.uuidEnd !== undefined)
        return `${name}: no UUID of an archive in ${paths} ends like this, and no file has this name`;
      return `${name}: no connection in ${paths} matches`;
    }
  }
}
