import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { skipped } from './programs.js';

/**
 * Samples written by m-lab/tcp-info. They are not part of the project: a checkout without them skips the tests that
 * need them.
 */
export const GOLDEN = resolve(import.meta.dirname, '../../../shared/golden');

/** Returns true if the samples exist; else reports on stderr what is skipped. */
export function haveGolden(what: string): boolean {
  if (existsSync(GOLDEN)) return true;
  skipped(what, "the reference's samples are not here");
  return false;
}

/** Returns every file with this ending below a folder of the samples. */
export function goldenFiles(ending: string, folder = '.'): string[] {
  return readdirSync(join(GOLDEN, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(GOLDEN, folder, name))
    .sort();
}

/** Decompresses a file with the zstd program, which must exist. */
export function unzstd(path: string): Buffer {
  return execFileSync('zstd', ['-q', '-dc', path], { maxBuffer: 1 << 28 });
}
