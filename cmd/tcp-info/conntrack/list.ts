import type { Command } from 'commander';
import { type Flow, flowEndpoints, flowLine } from '../../../conntrack/index.js';
import { readFlows } from '../../../conntrack/kernel/index.js';
import { flowTable, type ShownFlow } from '../../../view/flows/index.js';
import { EXIT_OK } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { writeOutput } from '../../tool/output-file.js';
import { shownSocket, socketJson } from './flow-socket.js';
import { printLines, reportUndecoded } from './list-lines.js';
import { openJoin } from './open-join.js';
import type { ListOptions, OneNamespace } from './options.js';
import { outputStyle } from './output-style.js';
import { RecordWriter, TextLines } from './record-writer.js';
import { runAction } from './run-action.js';
import { chooseFlows } from './selection.js';
import type { SocketJoin } from './socket-join.js';
import { describeListing } from './table-foot.js';

/** Lists flows, and returns the exit code. */
export async function runList(command: Command, context: CommandContext): Promise<number> {
  return await runAction(command.name(), context, async (say) => {
    const options = command.opts<ListOptions>();
    const { filter, explanation } = chooseFlows(command.args, options);
    if (options.explain) {
      await writeOutput('-', `${explanation}\n`, context.stdout);
      return EXIT_OK;
    }
    const { netns, zero, format } = options;
    const join = await openJoin(options, say);
    const listing = readFlows({
      zero,
      ...(netns === undefined ? {} : { namespace: netns }),
      ...(filter === undefined ? {} : { filter }),
    });
    const nowMs = Date.now();
    if (format === 'text') await printTable(listing, { nowMs, join, netns }, context);
    else if (format === 'jsonl' && join === undefined) await printLines(listing, context);
    else await printRecords(listing, { nowMs, join }, new RecordWriter(context.stdout, format));
    join?.close();
    reportUndecoded(listing, say);
    return EXIT_OK;
  });
}

type Listing = ReturnType<typeof readFlows>;

interface PrintOptions {
  readonly nowMs: number;
  readonly join: SocketJoin | undefined;
}

async function printRecords(listing: Listing, { nowMs, join }: PrintOptions, records: RecordWriter): Promise<void> {
  const time = new Date(nowMs).toISOString();
  const options = { time, isLocal: listing.isLocal };
  for await (const flows of listing) {
    const sockets = await join?.find(flows.map((flow) => ended(flow, listing)));
    await records.write(flows.map((flow, i) => flowLine(flow, { ...options, ...socketJson(sockets?.[i]) })));
  }
  await records.finish();
}

async function printTable(
  listing: Listing,
  { nowMs, join, netns }: PrintOptions & { readonly netns: OneNamespace | undefined },
  { stdout }: CommandContext,
): Promise<void> {
  const rows: ShownFlow[] = [];
  for await (const flows of listing) {
    const ends = flows.map((flow) => ended(flow, listing));
    const sockets = (await join?.find(ends)) ?? [];
    for (const [i, row] of ends.entries()) rows.push({ ...row, ...shownSocket(sockets[i]) });
  }
  const style = outputStyle(stdout);
  const table = rows.length === 0 ? [] : flowTable(rows, { nowMs, isJoined: join !== undefined }, style);
  await new TextLines(stdout).write([...table, style.paint('faint', await describeListing(rows, netns))]);
}

function ended(flow: Flow, listing: Listing): ShownFlow {
  return { flow, endpoints: flowEndpoints(flow, listing.isLocal) };
}
