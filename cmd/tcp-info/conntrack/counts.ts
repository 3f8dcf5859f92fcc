import type { Command } from 'commander';
import type { CpuCounters } from '../../../conntrack/index.js';
import {
  askConntrackCounts,
  type ConntrackCounts,
  ConntrackError,
  readConntrackCounts,
  sumCpuCounters,
} from '../../../conntrack/kernel/index.js';
import { formatCount, formatThings } from '../../../view/chart/index.js';
import { COUNTER_NAMES, countersTable, growthColumns, growthLine } from '../../../view/flows/index.js';
import { EXIT_OK } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { interruption, pause } from '../../tool/interruption.js';
import { writeOutput } from '../../tool/output-file.js';
import type { CountOptions, StatsOptions } from './options.js';
import { outputStyle } from './output-style.js';
import { RecordWriter, TextLines } from './record-writer.js';
import { runAction, UsageError } from './run-action.js';

/** Prints the number of flows, and returns the exit code. */
export async function runCount(command: Command, context: CommandContext): Promise<number> {
  return await runAction(command.name(), context, async () => {
    const options = command.opts<CountOptions>();
    const { entries, maxEntries } = await readCounts(options);
    const limit = maxEntries === undefined ? '' : ` of at most ${formatCount(maxEntries)}`;
    const text =
      options.format === 'json'
        ? JSON.stringify({ time: new Date().toISOString(), entries, maxEntries })
        : `${formatThings(entries ?? 0, 'flow')}${limit}`;
    await writeOutput('-', `${text}\n`, context.stdout);
    return EXIT_OK;
  });
}

/** Prints the counters once, or their growth until the user ends it. Returns the exit code. */
export async function runStats(command: Command, context: CommandContext): Promise<number> {
  return await runAction(command.name(), context, async () => {
    const options = command.opts<StatsOptions>();
    if (options.every === undefined) {
      if (options.duration !== undefined) throw new UsageError('--duration needs --every');
      await printCounters(await readCounts(options), options, context);
    } else {
      await followCounters(options.every, options, context);
    }
    return EXIT_OK;
  });
}

/**
 * Reads the counts of the own namespace without any capability, or asks the kernel for those of another one.
 * @throws ConntrackError, NamespaceError
 */
async function readCounts({ netns }: CountOptions): Promise<ConntrackCounts> {
  if (netns !== undefined) return await askConntrackCounts({ namespace: netns });
  const counts = readConntrackCounts();
  if (counts !== undefined) return counts;
  throw new ConntrackError('this network namespace has no connection tracking: the module nf_conntrack is not loaded', {
    code: 'ERR_NO_MODULE',
  });
}

async function printCounters(
  counts: ConntrackCounts,
  { format }: StatsOptions,
  context: CommandContext,
): Promise<void> {
  const { cpus, entries, maxEntries } = counts;
  const sum = sumCpuCounters(cpus);
  if (format !== 'text') {
    const json = { time: new Date().toISOString(), entries, maxEntries, total: sum, cpus };
    return await writeOutput('-', `${JSON.stringify(json)}\n`, context.stdout);
  }
  const lines = countersTable(cpus, sum, outputStyle(context.stdout));
  const limit = maxEntries === undefined ? '' : ` of at most ${formatCount(maxEntries)}`;
  const flows = entries === undefined ? [] : [`${formatThings(entries, 'flow')}${limit}`];
  await new TextLines(context.stdout).write([...lines, ...flows]);
}

async function followCounters(everyMs: number, options: StatsOptions, context: CommandContext): Promise<void> {
  const { format, duration } = options;
  const { stdout } = context;
  const end = interruption(context, duration);
  const style = outputStyle(stdout);
  const records = format === 'text' ? new TextLines(stdout) : new RecordWriter(stdout, format);
  try {
    let before = sumCpuCounters((await readCounts(options)).cpus);
    if (format === 'text') await records.write([growthColumns(style)]);
    for (
      let dueMs = performance.now() + everyMs;
      await pause(dueMs - performance.now(), end.signal);
      dueMs += everyMs
    ) {
      const { cpus, entries, maxEntries } = await readCounts(options);
      const sum = sumCpuCounters(cpus);
      const growth = growthOf(before, sum);
      before = sum;
      const nowMs = Date.now();
      const json = { time: new Date(nowMs).toISOString(), entries, maxEntries, growth };
      await records.write([format === 'text' ? growthLine(nowMs, entries, growth, style) : JSON.stringify(json)]);
    }
    await records.finish();
  } finally {
    end.clear();
  }
}

/** Returns the growth of counters, which wrap at 32 bits. */
export function growthOf(before: CpuCounters, after: CpuCounters): CpuCounters {
  const growth: Partial<Record<keyof CpuCounters, number>> = {};
  for (const name of COUNTER_NAMES) {
    const [from, to] = [before[name], after[name]];
    if (from !== undefined && to !== undefined) growth[name] = (to - from) >>> 0;
  }
  return growth;
}
