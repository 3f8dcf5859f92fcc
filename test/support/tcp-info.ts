import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { findSubcommand } from '../../cmd/tcp-info/subcommands.js';

/** Exit code and output of a tool. */
export interface ToolOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a subcommand of `tcp-info` in this process; `args` begin with its name. */
export async function tcpInfo(...args: readonly string[]): Promise<ToolOutcome> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [text(stdout), text(stderr)];
  const subcommand = findSubcommand(args);
  if (subcommand === undefined) throw new RangeError(`no subcommand: ${args[0]}`);
  const code = await subcommand.run({ args: args.slice(1), stdout, stderr, signals: { onShutdown: () => undefined } });
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: await err };
}
