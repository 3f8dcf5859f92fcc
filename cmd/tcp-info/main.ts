#!/usr/bin/env node
import { refuseDebugger } from '../no-debugger.js';
import { EarlySignals } from './early-signals.js';

refuseDebugger();
const signals = new EarlySignals();
// `| head` closes the pipe early: that is no failure. A log that nobody reads must not end the daemon either.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
// Only now what takes time to load.
const { main } = await import('./run.js');
await main(process.argv.slice(2), signals);
