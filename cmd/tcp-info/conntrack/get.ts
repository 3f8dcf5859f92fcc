import type { Command } from 'commander';
import { type Flow, flowEndpoints, flowJson } from '../../../conntrack/index.js';
import { getFlow, type KernelOptions, readLocalAddresses } from '../../../conntrack/kernel/index.js';
import { flowFacts } from '../../../view/flows/index.js';
import { EXIT_FAILED, EXIT_OK } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { writeOutput } from '../../tool/output-file.js';
import { formatEnds, parseFlowEnds } from './flow-ends.js';
import { shownSocket, socketJson } from './flow-socket.js';
import { openJoin } from './open-join.js';
import type { FlowOptions, GetOptions } from './options.js';
import { outputStyle } from './output-style.js';
import { TextLines } from './record-writer.js';
import { runAction, UsageError } from './run-action.js';

/** Shows one flow, and returns the exit code. */
export async function runGet(command: Command, context: CommandContext): Promise<number> {
  return await runAction(command.name(), context, async (say) => {
    const options = command.opts<GetOptions>();
    const { flow, name } = await find(command.args, options);
    if (flow === undefined) {
      say(`there is no flow ${name}`);
      return EXIT_FAILED;
    }
    const { stdout } = context;
    const nowMs = Date.now();
    const isLocal = await readLocalAddresses(namespaceOf(options));
    const looked = { flow, endpoints: flowEndpoints(flow, isLocal) };
    const join = await openJoin(options, say);
    const [socket] = (await join?.find([looked])) ?? [];
    join?.close();
    if (options.format === 'json') {
      const time = new Date(nowMs).toISOString();
      const json = flowJson(flow, { time, isLocal, ...socketJson(socket) });
      await writeOutput('-', `${JSON.stringify(json)}\n`, stdout);
      return EXIT_OK;
    }
    const shown = { ...looked, ...shownSocket(socket) };
    await new TextLines(stdout).write(flowFacts(shown, nowMs, outputStyle(stdout)));
    return EXIT_OK;
  });
}

/** @throws UsageError, ConntrackError, NamespaceError */
async function find(
  words: readonly string[],
  options: FlowOptions,
): Promise<{ readonly flow: Flow | undefined; readonly name: string }> {
  const { id } = options;
  const where = namespaceOf(options);
  if (id === undefined) {
    const ends = parseFlowEnds(words, options);
    return { flow: await getFlow(ends, where), name: `${words[0] ?? ''} ${formatEnds(ends)}` };
  }
  if (words.length > 0) throw new UsageError('give either --id or PROTO LOCAL REMOTE, not both');
  return { flow: await getFlow({ id }, where), name: `with id ${id}` };
}

function namespaceOf({ netns }: FlowOptions): KernelOptions {
  return netns === undefined ? {} : { namespace: netns };
}
