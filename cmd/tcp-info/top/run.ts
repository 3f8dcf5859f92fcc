import { ReadStream, WriteStream } from 'node:tty';
import { fullName } from '../../../expression/index.js';
import { ROW_VOCABULARY } from '../../../live/store/index.js';
import { messageLine, oneLine, textStyle } from '../../../view/index.js';
import {
  ARCHIVE_COLUMNS,
  type Column,
  DEFAULT_COLUMNS,
  filterError,
  findColumn,
  type Sorting,
  SourceError,
  TopModel,
  type TopSource,
} from '../../../view/top/index.js';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { endFailedRun } from '../../tool/failure.js';
import { chooseSource } from './choose-source.js';
import { netnsScope } from './netns-scope.js';
import { PROGRAM, type TopOptions } from './options.js';
import { printFrames } from './print-frames.js';

/** Most fields to sort by. */
const MAX_SORT_KEYS = 3;

/** Error in the value of an option. */
class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** Shows connections until the user quits, or prints views. Returns the exit code. */
export async function showTop(options: TopOptions, surroundings: CommandContext): Promise<number> {
  const { stdout, stderr } = surroundings;
  const say = (text: string): void => void stderr.write(messageLine(PROGRAM, oneLine(text)));
  ignoreErrorEvents(stdout, stderr);
  let source: TopSource | undefined;
  try {
    const look = checked(options);
    const { remark, ...chosen } = await chooseSource(options, process.env, say);
    source = chosen.source;
    const shown = await show(source, remark, options, look, surroundings, say);
    return shown === EXIT_OK ? (chosen.exitCode ?? EXIT_OK) : shown;
  } catch (error) {
    if (error instanceof OptionError) {
      say(`${error.message} (see --help)`);
      return EXIT_USAGE;
    }
    if (error instanceof SourceError) {
      say(error.message);
      return error.isWrong ? EXIT_USAGE : EXIT_FAILED;
    }
    return endFailedRun(error, undefined, say);
  } finally {
    await source?.close();
  }
}

/** Values of options that do not depend on the source. */
interface Checked {
  readonly columns: readonly Column[] | undefined;
  readonly sorting: Sorting | undefined;
}

/** @throws OptionError for a filter, sort or column that is wrong: before a source is opened */
function checked({ filter = '', sort, columns }: TopOptions): Checked {
  const wrong = filterError(filter);
  if (wrong !== undefined) throw new OptionError(`--filter: ${wrong.message}`);
  return {
    columns: columns === undefined ? undefined : columns.split(',').map((name) => requireColumn('--columns', name)),
    sorting: sort === undefined ? undefined : parseSorting(sort),
  };
}

/** Returns the column that an option names. @throws OptionError with the names that may be meant */
function requireColumn(option: '--columns' | '--sort', name: string): Column {
  const column = findColumn(name);
  if (column !== undefined) return column;
  const near = ROW_VOCABULARY.nearFields(name);
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
  throw new OptionError(`${option}: '${name}' is no column and no field${hint}`);
}

function parseSorting(sort: string): Sorting {
  const keys = sort.split(',').map((key) => key.trim());
  if (keys.length > MAX_SORT_KEYS) throw new OptionError(`--sort: at most ${MAX_SORT_KEYS} fields`);
  const [first = '', ...others] = keys;
  const further = others.map((key) => {
    const found = ROW_VOCABULARY.field(key.replace(/^-/, ''));
    if (found === undefined) throw new OptionError(`--sort: '${key}' is no field`);
    return `${key.startsWith('-') ? '-' : ''}${fullName(found.field)}`;
  });
  const column = requireColumn('--sort', first.replace(/^-/, ''));
  return { column, isDescending: first.startsWith('-'), further: further.join(',') };
}

async function show(
  source: TopSource,
  remark: string,
  options: TopOptions,
  { columns, sorting }: Checked,
  { stdout, signals }: CommandContext,
  say: (text: string) => void,
): Promise<number> {
  const { format, once, frames, filter = '', everyMs } = options;
  const usual = source.mode === 'archive' ? ARCHIVE_COLUMNS : DEFAULT_COLUMNS;
  const isDumb = process.env['TERM'] === 'dumb';
  const isPrinted = once || frames !== undefined || format === 'json' || isDumb;
  const { stdin } = process;
  const terminal =
    !isPrinted && stdout instanceof WriteStream && stdin instanceof ReadStream ? { stdin, stdout } : undefined;
  const style = textStyle(stdout, process.env);
  const model = new TopModel({
    mode: source.mode,
    place: source.place,
    columns: columns ?? usual.flatMap((name) => findColumn(name) ?? []),
    filter,
    scope: await netnsScope(options.netns, source),
    ...(options.netns === undefined ? {} : { netns: options.netns }),
    sorting,
    everyMs,
    unicode: terminal === undefined ? style.unicode : hasUnicode(process.env),
  });
  model.message = remark;
  model.closed = options.closed ?? (terminal === undefined && source.mode !== 'archive' ? 'false' : 'true');
  if (terminal === undefined) {
    if (remark !== '') say(remark);
    // A pipe or a file has no width: nothing is cut.
    model.screenColumns = stdout instanceof WriteStream ? style.width : Number.POSITIVE_INFINITY;
    const jsonFields = columns === undefined ? 'default' : (model.request.fields ?? 'default');
    await printFrames({ model, source, frames: frames ?? 1, format, jsonFields, stdout });
    return EXIT_OK;
  }
  const { runSession } = await import('./session.js');
  const hasColours = (process.env['NO_COLOR'] ?? '') === '';
  return await runSession({
    model,
    source,
    input: terminal.stdin,
    output: terminal.stdout as typeof terminal.stdout & { readonly fd: number },
    hasColours,
    signals,
  });
}

/** Returns whether the locale allows letters beyond ASCII. Without any setting terminals of today do. */
function hasUnicode({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((each) => (each ?? '') !== '') ?? '';
  return locale === '' || /utf-?8/i.test(locale);
}
