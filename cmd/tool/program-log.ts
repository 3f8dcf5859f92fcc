import type { Writable } from 'node:stream';
import { createLogger, type Logger } from '../../log/index.js';
import { LineOutput } from './line-output.js';

/** Creates the log of a program that runs for long: a reader that stops costs lines, which are counted, and no memory. */
export function createProgramLog(stderr: Writable, { debug = false }: { readonly debug?: boolean } = {}): Logger {
  const lines = new LineOutput(stderr, (leftOut) => log.warn('lines left out: no one read them', { lines: leftOut }));
  const log = createLogger({ write: (line) => lines.write(line), debug, now: () => new Date().toISOString() });
  return log;
}
