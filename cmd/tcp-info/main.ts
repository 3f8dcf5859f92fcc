#!/usr/bin/env node
import { refuseDebugger } from '../no-debugger.js';
import { EarlySignals } from '../tool/early-signals.js';

refuseDebugger();
const signals = new EarlySignals();
// `| head` closes the pipe early, which is no failure. A log without a reader must not end the daemon either.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
// Loaded after the handlers are in place, because loading takes time.
const { main } = await import('./run.js');
await main(process.argv.slice(2), signals);
