#!/usr/bin/env node
/** Prints the flows that a tcp-info server opens and closes: an example of a sidecar, and a tool for inspection. */
import process from 'node:process';
import { refuseDebugger } from '../no-debugger.js';

refuseDebugger();
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // On EPIPE, the reader, such as head, has what it needs.
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

// Loaded after the handlers are in place, because loading takes time.
const { run } = await import('./run.js');
process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
});
