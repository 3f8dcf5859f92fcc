import type { Command } from 'commander';
import { type Flow, flowEndpoints, flowLine } from '../../../conntrack/index.js';
import { readFlows } from '../../../conntrack/kernel/index.js';
import { flowTable, type ShownFlow } from '../../../view/flows/index.js';
import { EXIT_OK } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { writeOutput } from '../../tool/output-file.js';
import { printLines, reportUndecoded } from './list-lines.js';
import type { ListOptions, OneNamespace } from './options.js';
import { outputStyle } from './output-style.js';
import { RecordWriter, TextLines } from './record-writer.js';
import { runAction, type Say } from './run-action.js';
import { chooseFlows } from './selection.js';
import type { FlowSocket, SocketFinder } from './socket-finder.js';
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
    const { netns, zero, join, format } = options;
    const finder = join ? await openFinder(netns, say) : undefined;
    const listing = readFlows({
      zero,
      ...(netns === undefined ? {} : { namespace: netns }),
      ...(filter === undefined ? {} : { filter }),
    });
    const nowMs = Date.now();
    if (format === 'text') await printTable(listing, { nowMs, finder, netns }, context);
    else if (format === 'jsonl' && finder === undefined) await printLines(listing, context);
    else await printRecords(listing, { nowMs, finder }, new RecordWriter(context.stdout, format));
    reportUndecoded(listing, say);
    return EXIT_OK;
  });
}

async function openFinder(netns: OneNamespace | undefined, say: Say): Promise<SocketFinder> {
  // Loaded only here: nothing else needs the client of the collector.
  const [{ SocketFinder }, { findUuidPrefix }] = await Promise.all([
    import('./socket-finder.js'),
    import('./uuid-prefix.js'),
  ]);
  const { prefix, remark } = await findUuidPrefix(process.env);
  if (remark !== '') say(remark);
  return SocketFinder.open(prefix, netns);
}

type Listing = ReturnType<typeof readFlows>;

interface PrintOptions {
  readonly nowMs: number;
  readonly finder: SocketFinder | undefined;
}

async function printRecords(listing: Listing, { nowMs, finder }: PrintOptions, records: RecordWriter): Promise<void> {
  const time = new Date(nowMs).toISOString();
  const options = { time, isLocal: listing.isLocal };
  for await (const flows of listing) {
    const sockets = finder === undefined ? undefined : await finder.find(flows.map((flow) => ended(flow, listing)));
    await records.write(
      flows.map((flow, i) => {
        const socket = sockets?.[i];
        return flowLine(flow, socket === undefined ? options : { ...options, more: { ...socket } });
      }),
    );
  }
  await records.finish();
}

async function printTable(
  listing: Listing,
  { nowMs, finder, netns }: PrintOptions & { readonly netns: OneNamespace | undefined },
  { stdout }: CommandContext,
): Promise<void> {
  const rows: ShownFlow[] = [];
  for await (const flows of listing) {
    const ends = flows.map((flow) => ended(flow, listing));
    const sockets = (await finder?.find(ends)) ?? [];
    for (const [i, row] of ends.entries()) rows.push(withSocket(row, sockets[i]));
  }
  const style = outputStyle(stdout);
  const table = rows.length === 0 ? [] : flowTable(rows, { nowMs, isJoined: finder !== undefined }, style);
  await new TextLines(stdout).write([...table, style.paint('faint', await describeListing(rows, netns))]);
}

function ended(flow: Flow, listing: Listing): ShownFlow {
  return { flow, endpoints: flowEndpoints(flow, listing.isLocal) };
}

function withSocket(row: ShownFlow, socket: FlowSocket | undefined): ShownFlow {
  if (socket === undefined) return row;
  const { uuid, tcp } = socket;
  return { ...row, socket: { uuid, ...(tcp.rttUs === undefined ? {} : { rttUs: tcp.rttUs }) } };
}
