import { Command, InvalidArgumentError } from 'commander';
import { type RepairOptions, repair } from '../../../archive/repair/index.js';
import { wrapParagraphs } from '../../flags/help.js';
import { parseDurationNs } from '../../flags/values.js';
import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';
import { PROGRAM, RepairReport } from './report.js';

const MINUTE_MS = 60_000;

const AFTER = `
Archives are *.jsonl.zst, below folders at any depth; symbolic links are not followed. Files with other names are never
touched, even if named. Every frame of every archive is read and its checksum verified. Each archive with a problem is
one line, and a last line has the totals.

A cut archive keeps its whole frames: they are written to a new file, which replaces it. An archive with other damage is
listed and stays as it is; so does an archive without any readable record, unless --delete-empty is given. A file that
another process has open for writing is not touched. Only root with all capabilities, outside of containers, can check
that; otherwise files younger than --min-age are left alone.

Exit codes: 0 nothing was wrong or everything is repaired, 1 something could not be read or written, 2 wrong arguments,
3 damage remains.

Example: tcp-info repair --dry-run /var/spool/tcp-info`;

/** Result of parsing the command line. */
type Parsed =
  | { readonly kind: 'run'; readonly options: RepairOptions }
  /** Help or an error was printed. */
  | { readonly kind: 'done'; readonly exitCode: number };

/** Runs `tcp-info repair` and returns its exit code. */
export async function runRepair(surroundings: CommandContext): Promise<number> {
  const { stdout, stderr } = surroundings;
  const parsed = parse(surroundings);
  if (parsed.kind === 'done') return parsed.exitCode;
  const { options } = parsed;
  const report = new RepairReport({ stdout, stderr, minAgeMs: options.minAgeMs });
  for await (const result of repair(options)) await report.add(result);
  await report.finish();
  return report.exitCode;
}

function parse(surroundings: CommandContext): Parsed {
  const command = new Command(PROGRAM)
    .usage('[OPTIONS] DIR|FILE...')
    .description('Lists archives that a crash cut short, and repairs them.')
    .argument('<DIR|FILE...>', 'folders and files')
    .option('--dry-run', 'print what would be done, and change nothing', false)
    .option('--delete-empty', 'delete archives without any readable record: the first frame is not whole', false)
    .option('--min-age <DURATION>', 'leave files alone that were written within this time (default 1m)', duration)
    .addHelpText('after', wrapParagraphs(AFTER));
  const exitCode = parseArguments(command, surroundings);
  if (exitCode !== undefined) return { kind: 'done', exitCode };
  const { dryRun, deleteEmpty, minAge } = command.opts<{ dryRun: boolean; deleteEmpty: boolean; minAge?: number }>();
  return { kind: 'run', options: { paths: command.args, dryRun, deleteEmpty, minAgeMs: minAge ?? MINUTE_MS } };
}

function duration(text: string): number {
  const ns = parseDurationNs(text);
  if (ns === undefined) throw new InvalidArgumentError('expected a duration, such as 1m');
  return ns / 1e6;
}
