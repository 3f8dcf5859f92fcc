import { Command, InvalidArgumentError, Option } from 'commander';
import type { ConnectionRow } from '../../../analysis/index.js';
import { ArchiveInputError } from '../../../input/index.js';
import { messageLine, oneLine } from '../../reading/message.js';
import { OutputError, write } from '../../reading/output.js';
import { writeOutput } from '../../reading/output-file.js';
import { parseArguments } from '../../reading/parse.js';
import { Reading } from '../../reading/reading.js';
import { rowsOf, textStyle } from '../../reading/terminal.js';
import type { Surroundings } from '../surroundings.js';
import { type Found, findConnection, planSearch } from './find.js';
import { showHtml, showSvg } from './html.js';
import { showJson } from './json.js';
import type { ShownConnection } from './shown.js';
import { showText } from './text.js';

const PROGRAM = 'tcp-info show';
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** Lines of a terminal that are not rows of the timeline: what is said before it, and the prompt. */
const OTHER_LINES = 18;
const LEAST_ROWS = 12;

const AFTER = `
FILE is an archive (.jsonl.zst, .jsonl); the other archives of its connection in the same folder are read, too. - is
standard input. UUID is a connection's, or the end of it that no other has; its archives are looked for in PATHs and
below, by default in the current folder. Several that match are listed, with exit code 2.

Each row of the timeline sums up the time since the row before. There is one for every change of the state, and where
loss begins or what limits the connection changes, as far as they fit, and regular ones in between.

With --html or --svg only the picture is made. It is self-contained: nothing is fetched and no script is run.

Exit codes: 0 shown, 1 nothing found, or something could not be read or written, 2 wrong arguments or several matches,
3 something is damaged: the rest is shown.

Examples:
  tcp-info show 00000000000A77F3 /var/spool/tcp-info
  tcp-info show --html connection.html 2026/11/21/host_1700000000_00000000000A77F3.00000.jsonl.zst`;

interface Options {
  readonly format: 'text' | 'json';
  readonly html?: string;
  readonly svg?: string;
  readonly rows?: number;
  readonly strict: boolean;
}

/** Runs `tcp-info show` and gives its exit code. */
export async function runShow(surroundings: Surroundings): Promise<number> {
  const command = new Command(PROGRAM)
    .usage('[OPTIONS] FILE|UUID [PATH...]')
    .description('Shows one connection over time.')
    .argument('<FILE|UUID>', 'an archive, or the end of a UUID')
    .argument('[PATH...]', 'where to look for the UUID')
    .addOption(new Option('--format <FORMAT>', 'text or json').choices(['text', 'json']).default('text'))
    .option('--html <FILE>', 'draw a page for a browser; - is standard output')
    .option('--svg <FILE>', 'draw a picture; - is standard output')
    .option('--rows <N>', 'rows of the timeline (default: what fits the terminal)', count)
    .option('--strict', 'stop at the first damage', false)
    .addHelpText('after', AFTER);
  const exitCode = parseArguments(command, surroundings);
  if (exitCode !== undefined) return exitCode;
  const options = command.opts<Options>();
  const [what = '', ...paths] = command.args;
  const { stdout, stderr } = surroundings;
  const say = (text: string): void => void stderr.write(messageLine(PROGRAM, oneLine(text)));
  const wrong = contradiction(options, what, paths);
  if (wrong !== undefined) {
    say(wrong);
    return EXIT_USAGE;
  }
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  let reading: Reading | undefined;
  try {
    const search = await planSearch(what, paths.length === 0 ? ['.'] : paths);
    const input = { program: PROGRAM, paths: search.paths, strict: options.strict, stdout, stderr };
    reading = await Reading.open(input, search.choose);
    const found = await findConnection(search, reading);
    const exitCode = reading.finish();
    const row = found.kind === 'one' ? found.shown.row : undefined;
    if (found.kind !== 'one' || row === undefined) return explain(found, { what, paths: search.paths }, say, exitCode);
    await print(found.shown, row, options, surroundings);
    return exitCode;
  } catch (error) {
    reading?.clear();
    if (error instanceof OutputError && error.code === 'EPIPE') return 0; // whoever reads has seen enough
    if (reading?.isTold(error)) return reading.finish();
    if (!(error instanceof ArchiveInputError || error instanceof OutputError)) throw error;
    say(error.message);
    return EXIT_FAILED;
  }
}

function contradiction({ html, svg, format }: Options, what: string, paths: readonly string[]): string | undefined {
  if (html === '-' && svg === '-') return '--html and --svg cannot both go to standard output';
  if (format === 'json' && (html !== undefined || svg !== undefined)) return '--format=json is not for --html or --svg';
  if (what === '-' && paths.length > 0)
    return 'standard input is one connection: there is nothing to look for in PATHs';
  return what === '' ? 'the UUID is empty' : undefined;
}

async function print(
  shown: ShownConnection,
  row: ConnectionRow,
  options: Options,
  { stdout }: Surroundings,
): Promise<void> {
  const { html, svg, format, rows } = options;
  if (html !== undefined) await writeOutput(html, showHtml(shown, row), stdout);
  if (svg !== undefined) await writeOutput(svg, showSvg(shown, row), stdout);
  if (html !== undefined || svg !== undefined) return;
  if (format === 'json') {
    await writeOutput('-', showJson(shown, row), stdout);
    return;
  }
  const fitting = rows ?? Math.max(LEAST_ROWS, rowsOf(stdout) - OTHER_LINES);
  await write(stdout, Buffer.from(showText(shown, row, fitting, textStyle(stdout, process.env))));
}

/** Says why nothing is shown. */
function explain(
  found: Found,
  { what, paths }: { readonly what: string; readonly paths: readonly string[] },
  say: (text: string) => void,
  exitCode: number,
): number {
  if (found.kind === 'several') {
    say(`${found.matches.length + found.more} connections match:`);
    for (const [uuid, path] of found.matches) say(`  ${uuid}  ${path}`);
    if (found.more > 0) say(`  and ${found.more} more`);
    return EXIT_USAGE;
  }
  if (found.kind === 'one') say(`${what}: no record of the connection can be read`);
  else if (found.kind === 'unreadable') say(`${what}: no record of a connection can be read`);
  else say(`${what}: no UUID of an archive in ${paths.join(', ')} ends so, and no file has this name`);
  return exitCode === 0 ? EXIT_FAILED : exitCode;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 2 || value > 10_000) {
    throw new InvalidArgumentError('expected a whole number from 2 to 10000');
  }
  return value;
}
