#!/usr/bin/env node
// Builds the load generator, unless it is newer than its sources: `node bench/load/build.mjs` prints where it is.
import { fail } from '../../native/build.mjs';
import { buildProgram } from '../programs.mjs';

await buildProgram('load').then((path) => process.stdout.write(`${path}\n`), fail);
