import { Command, InvalidArgumentError } from 'commander';
import { type RepairOptions, repair } from '../../../repair/index.js';
import { parseDurationNs } from '../../flags/values.js';
import { parseArguments } from '../../reading/parse.js';
import type { Surroundings } from '../surroundings.js';
import { PROGRAM, RepairReport } from './report.js';

const MINUTE_MS = 60_000;

const AFTER = `
Archives are *.jsonl.zst, below folders at any depth; symbolic links are not followed. Files with other names are not
touched, though they are given. Every frame of every archive is read and its checksum verified. What is wrong with an archive is one line, and one line at the end has the totals.

A cut archive keeps its whole frames: they are written to a new file, which takes its place. What is damaged otherwise is
listed and left as it is, and so is an archive of which nothing can be read, unless --delete-empty is given. A file that
somebody has open for writing is not touched. Who does can only be seen by a root with all capabilities, outside of
containers; otherwise files younger than --min-age are left alone.

Exit codes: 0 nothing was wrong or all is mended, 1 something could not be read or written, 2 wrong arguments,
3 something is left that is not sound.

Example: tcp-info repair --dry-run /var/spool/tcp-info`;

/** What the command line asks for. */
type Parsed =
  | { readonly kind: 'run'; readonly options: RepairOptions }
  /** Help was printed, or what is wrong. */
  | { readonly kind: 'done'; readonly exitCode: number };

/** Runs `tcp-info repair` and gives its exit code. */
export async function runRepair(surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const parsed = parse(surroundings);
  if (parsed.kind === 'done') return parsed.exitCode;
  const { options } = parsed;
  const report = new RepairReport({ stdout, stderr, minAgeMs: options.minAgeMs });
  for await (const result of repair(options)) await report.add(result);
  await report.finish();
  return report.exitCode;
}

function parse(surroundings: Surroundings): Parsed {
  const command = new Command(PROGRAM)
    .usage('[OPTIONS] DIR|FILE...')
    .description('Lists archives that a crash has cut, and mends them.')
    .argument('<DIR|FILE...>', 'folders and files')
    .option('--dry-run', 'say what would be done, and change nothing', false)
    .option('--delete-empty', 'delete archives of which nothing can be read: no first frame is whole', false)
    .option('--min-age <DURATION>', 'leave files alone that were written to within this time (default 1m)', duration)
    .addHelpText('after', AFTER);
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
