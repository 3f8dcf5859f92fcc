import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { DAEMON, requireBuilt } from './daemon.js';
import { programEnvironment } from './program-environment.js';
import { within } from './waiting.js';

/** Result of a program that ran to its end. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Working folder, environment and wrapper of a program. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A program that runs the daemon, and its arguments. */
  readonly wrapper?: readonly string[];
}

/** A {@link RunOptions.wrapper} that runs as root without capabilities, with the rights of an ordinary user. */
export const UNPRIVILEGED = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'] as const;

/** Runs the built daemon, with only the given environment, until it ends by itself. */
export async function runDaemon(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  requireBuilt();
  const { env = {}, cwd, wrapper = [] } = options;
  const [file = '', ...argv] = [...wrapper, process.execPath, DAEMON, ...args];
  const child = spawn(file, argv, {
    env: { ...programEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    const code = await within(`end of tcp-info ${args.join(' ')}`, closed);
    return { code, stdout, stderr };
  } finally {
    child.kill('SIGKILL');
  }
}

/** A test with its own folder, which is removed however the test ends. */
export const it = test.extend<{ readonly folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'tcp-info-run-'));
    try {
      await use(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
