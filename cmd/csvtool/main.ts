#!/usr/bin/env node
/** Converts an archive to CSV. */
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { signalExitCode } from '../flags/signals.js';
import { refuseDebugger } from '../no-debugger.js';

refuseDebugger();
// Signals have default actions, but not for the first process of a container.
if (process.pid === 1) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(signalExitCode(signal)));
}
// Loaded after the handlers are in place, because loading takes time.
const { run } = await import('./run.js');
process.exitCode = await run({
  args: process.argv.slice(2),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  // With more threads, the one thread that writes is the limit.
  threads: Math.min(availableParallelism(), 8),
});
