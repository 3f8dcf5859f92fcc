import { Command, InvalidArgumentError, Option } from 'commander';
import type { ConnectionRow } from '../../../analysis/index.js';
import { latestFirst, WhereError } from '../../../archive/connections/index.js';
import { ArchiveInputError } from '../../../archive/input/index.js';
import {
  type FoundAmong,
  findAmong,
  findConnection,
  planTarget,
  type Search,
  type Target,
  TargetError,
} from '../../../archive/search/index.js';
import { candidates } from '../../../archive/selection/index.js';
import { packageVersion } from '../../../host/index.js';
import { ShownConnection, showHtml, showJson, showSvg, showText } from '../../../view/connection/index.js';
import { choiceText, messageLine, oneLine, rowsOf, textStyle, type Zone } from '../../../view/index.js';
import { ArchiveSession } from '../../tool/archive-session.js';
import type { CommandContext } from '../../tool/command-context.js';
import { maxWindowOption } from '../../tool/max-window.js';
import { OutputError, write } from '../../tool/output.js';
import { writeOutput } from '../../tool/output-file.js';
import { type Advice, parseArguments } from '../../tool/parse.js';
import {
  addSelectionOptions,
  chooseConnections,
  isChoosing,
  SELECTION_HELP,
  SelectionError,
  type SelectionFlags,
} from '../../tool/selection-options.js';

const PROGRAM = 'tcp-info show';
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** Lines on a terminal besides the timeline: the facts above it, and the prompt. */
const OTHER_LINES = 23;
const LEAST_ROWS = 12;

const AFTER = `
FILE is an archive (.jsonl.zst, .jsonl); the other archives of its connection in the same folder are read, too. - is
standard input. UUID is a connection's UUID or the end of it. ENDS is one endpoint, local or remote, or both:

  :9001  10.0.0.2  10.0.0.2:9001  '[2001:db8::1]:443'  10.0.0.1:50000-10.0.0.2:443

Quotes protect brackets from a shell, and the > of '10.0.0.1:50000 -> 10.0.0.2:443', which is accepted as well.

The search covers PATHs and all folders below them, by default the current folder. If several connections match, they
are listed, with exit code 2; --last takes the one that began last. With --last or options that select, no UUID or ENDS
is needed.
${SELECTION_HELP}

Each row of the timeline covers the time since the row before. Rows mark every change of the state, the start of losses
and every change of the limit, as far as they fit; regular rows fill the gaps.

With --html or --svg only the picture is made. It is self-contained: it loads nothing and runs no script.

Exit codes: 0 shown, 1 nothing found, or something could not be read or written, 2 wrong arguments or several matches,
3 something is damaged: the rest is shown.

Examples:
  tcp-info show 00000000000A77F3 /var/spool/tcp-info
  tcp-info show 10.0.0.2:443 --since=2h /var/spool/tcp-info
  tcp-info show --last --port=443 /var/spool/tcp-info
  tcp-info show --html connection.html 2026/11/21/host_1700000000_00000000000A77F3.00000.jsonl.zst`;

const ADVICE: Advice = [
  [/^option '--format.* argument 'html'/, '--html=FILE draws a page'],
  [/^option '--format.* argument 'svg'/, '--svg=FILE draws a picture'],
  [/^unknown option '--json\b/, '--format=json prints JSON'],
];

interface Options extends SelectionFlags {
  readonly format: 'text' | 'json';
  readonly html?: string;
  readonly svg?: string;
  readonly rows?: number;
  readonly last: boolean;
  readonly maxWindow?: number;
  readonly strict: boolean;
}

/** Runs `tcp-info show` and returns its exit code. */
export async function runShow(surroundings: CommandContext): Promise<number> {
  const command = addSelectionOptions(
    new Command(PROGRAM)
      .usage('[OPTIONS] FILE|UUID|ENDS [PATH...]')
      .description('Shows one connection over time.')
      .argument('[FILE|UUID|ENDS]', 'an archive, the end of a UUID, or an endpoint of the connection such as :443')
      .argument('[PATH...]', 'where to search for it')
      .addOption(new Option('--format <FORMAT>', 'text or json').choices(['text', 'json']).default('text'))
      .option('--html <FILE>', 'draw a page for a browser; - is standard output')
      .option('--svg <FILE>', 'draw a picture; - is standard output')
      .option('--rows <N>', 'rows of the timeline (default: what fits the terminal)', count)
      .option('--last', 'of several matches, take the connection that began last', false),
  )
    .addOption(maxWindowOption())
    .option('--strict', 'stop at the first damage', false)
    .addHelpText('after', AFTER);
  const exitCode = parseArguments(command, surroundings, ADVICE);
  if (exitCode !== undefined) return exitCode;
  const options = command.opts<Options>();
  const { stdout, stderr } = surroundings;
  const say = (text: string): void => void stderr.write(messageLine(PROGRAM, oneLine(text)));
  const wrong = contradiction(options, command.args);
  if (wrong !== undefined) {
    say(wrong);
    return EXIT_USAGE;
  }
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  let reading: ArchiveSession | undefined;
  try {
    return await show(options, command.args, surroundings, async (paths, choose) => {
      const { strict, maxWindow } = options;
      const input = { program: PROGRAM, paths, maxWindowBytes: maxWindow, strict, stdout, stderr };
      reading = await ArchiveSession.open(input, choose);
      return reading;
    });
  } catch (error) {
    reading?.clear();
    if (error instanceof OutputError && error.code === 'EPIPE') return 0; // the reader, such as head, has what it needs
    if (reading?.isTold(error)) return reading.finish();
    if (error instanceof WhereError) {
      stderr.write(messageLine(PROGRAM, error.message));
      return error.isWrong ? EXIT_USAGE : EXIT_FAILED;
    }
    if (error instanceof SelectionError || error instanceof TargetError) {
      say(error.message);
      return EXIT_USAGE;
    }
    if (!(error instanceof ArchiveInputError || error instanceof OutputError)) throw error;
    say(error.message);
    return EXIT_FAILED;
  }
}

type OpenReading = (paths: readonly string[], choose: Search['choose']) => Promise<ArchiveSession>;

async function show(
  options: Options,
  [what, ...paths]: readonly string[],
  surroundings: CommandContext,
  open: OpenReading,
): Promise<number> {
  const { selection, where, zone } = chooseConnections(options, Date.now());
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
    found = await findAmong(reading, { ...options, selection: target.selection, where }, create);
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
  surroundings.stderr.write(messageLine(PROGRAM, explain(found, target, what)));
  if (found.kind === 'several') return EXIT_USAGE;
  return exitCode === 0 ? EXIT_FAILED : exitCode;
}

function contradiction(options: Options, args: readonly string[]): string | undefined {
  const { html, svg, format, last } = options;
  if (html === '-' && svg === '-') return '--html and --svg cannot both go to standard output';
  if (format === 'json' && (html !== undefined || svg !== undefined)) return '--format=json is not for --html or --svg';
  if (args.length === 0 && !last && !isChoosing(options))
    return "missing argument 'FILE|UUID|ENDS', or options that choose, such as --last (see --help)";
  return args[0] === '' ? 'the UUID is empty' : undefined;
}

async function print(
  shown: ShownConnection,
  row: ConnectionRow,
  options: Options & { readonly zone: Zone },
  { stdout }: CommandContext,
): Promise<void> {
  const { html, svg, format, rows, zone } = options;
  if (html !== undefined) {
    await writeOutput(html, showHtml(shown, row, { version: packageVersion(), zone }), stdout);
  }
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
  what = 'options',
): string {
  const name = oneLine(what);
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
      const paths = oneLine(target.kind === 'file' ? name : target.paths.join(', '));
      if (target.kind === 'among' && target.selection.uuidEnd !== undefined)
        return `${name}: no UUID of an archive in ${paths} ends like this, and no file has this name`;
      return `${name}: no connection in ${paths} matches`;
    }
  }
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 2 || value > 10_000) {
    throw new InvalidArgumentError('expected a whole number from 2 to 10000');
  }
  return value;
}
