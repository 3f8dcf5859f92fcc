import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { skipped } from './programs.js';

/** Samples that m-lab/tcp-info wrote. They are not part of the project: a checkout without them skips what needs them. */
export const GOLDEN = resolve(import.meta.dirname, '../../../shared/golden');

/** Whether the samples are there; says on stderr what is skipped when not. */
export function haveGolden(what: string): boolean {
  if (existsSync(GOLDEN)) return true;
  skipped(what, "the reference's samples are not here");
  return false;
}

/** Every file below a folder of the samples whose name ends so. */
export function goldenFiles(ending: string, folder = '.'): string[] {
  return readdirSync(join(GOLDEN, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(GOLDEN, folder, name))
    .sort();
}

/** What the zstd program makes of a file; whoever asks has made sure that it is there. */
export function unzstd(path: string): Buffer {
  return execFileSync('zstd', ['-q', '-dc', path], { maxBuffer: 1 << 28 });
}
