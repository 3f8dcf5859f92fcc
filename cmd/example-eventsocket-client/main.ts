#!/usr/bin/env node
/** Prints the flows that a tcp-info server opens and closes: an example of a sidecar, and a tool to look with. */
import process from 'node:process';
import { refuseDebugger } from '../no-debugger.js';

refuseDebugger();
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of our output has seen enough.
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

// Only now what takes time to load.
const { run } = await import('./run.js');
process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
});
