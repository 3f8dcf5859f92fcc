#!/usr/bin/env node
/** Converts an archive to CSV. */
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { signalExitCode } from '../flags/signals.js';
import { refuseDebugger } from '../no-debugger.js';

refuseDebugger();
// The kernel has a default for signals, but not for the first process of a container.
if (process.pid === 1) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(signalExitCode(signal)));
}
// Only now what takes time to load.
const { run } = await import('./run.js');
process.exitCode = await run({
  args: process.argv.slice(2),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  // Beyond that the one thread that writes has no more to do.
  threads: Math.min(availableParallelism(), 8),
});
