import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { versionLine } from '../../host/index.js';
import { connectEvents, EventSocketError, type FlowEvent } from '../../live/eventsocket/index.js';
import { type MaybeTerminal, messageLine } from '../../view/index.js';
import { harmlessText } from '../tool/data-writer.js';
import { parseCommand, USAGE } from './flags.js';

/** Arguments, streams and signal of the program. */
export interface ClientContext {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Stream for events. */
  readonly stdout: MaybeTerminal;
  /** Stream for everything else. */
  readonly stderr: Writable;
  /** Signal that ends the program. */
  readonly signal: AbortSignal;
}

/** Runs the program and returns its exit code. */
export async function run({ args, env, stdout, stderr, signal }: ClientContext): Promise<number> {
  const command = parseCommand(args, env);
  switch (command.kind) {
    case 'help':
      stdout.write(USAGE);
      return 0;
    case 'version':
      stdout.write(versionLine('example-eventsocket-client'));
      return 0;
    case 'usage':
      stderr.write(messageLine('example-eventsocket-client', command.problem));
      return 2;
    case 'listen':
      return await listen(command.path, stdout, stderr, signal);
  }
}

async function listen(path: string, stdout: MaybeTerminal, stderr: Writable, signal: AbortSignal): Promise<number> {
  const say = (message: string) => stderr.write(messageLine('example-eventsocket-client', message));
  // Text from the server may hold control characters, too.
  const print = (line: string) => stdout.write(stdout.isTTY === true ? harmlessText(line) : line);
  try {
    for await (const event of connectEvents(path, { signal, onConnect: () => say(`connected to ${path}`) })) {
      if (event.kind === 'unknown') {
        say(`event of unknown kind ${event.event} ignored`);
      } else if (!print(`${formatLine(event)}\n`)) {
        await once(stdout, 'drain', { signal });
      }
    }
  } catch (error) {
    if (signal.aborted) {
      return 0;
    }
    if (error instanceof EventSocketError) {
      say(error.message);
      return 1;
    }
    throw error;
  }
  if (!signal.aborted) {
    say(`the server closed ${path}`);
  }
  return 0;
}

function formatLine(event: Exclude<FlowEvent, { kind: 'unknown' }>): string {
  const head = [event.kind, event.timestamp, event.uuid];
  if (event.kind === 'close') {
    return [...head, ...formatMore(event)].join('\t');
  }
  const { srcIp, sport, dstIp, dport, cookie, interface: ifindex } = event.id;
  const ends = [srcIp, sport, dstIp, dport, ifindex, cookie.toString(16).toUpperCase()];
  return [...head, ...ends, ...formatMore(event)].join('\t');
}

/** Formats values that only some servers send, as `name=value`; null where the kernel had no value. */
function formatMore(event: Exclude<FlowEvent, { kind: 'unknown' }>): string[] {
  const { sequence, dropped } = event;
  const more =
    event.kind === 'open'
      ? { replay: event.replay }
      : { startTime: event.startTime, cause: event.cause, ...event.final };
  return Object.entries({ sequence, dropped, ...more }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
}
