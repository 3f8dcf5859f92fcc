import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readSmallFile } from '../files/index.js';

// By the package's own name, which leads to the same file from the sources and from the build.
const require = createRequire(import.meta.url);
const MANIFEST = 'tcp-info/package.json';

/** Digits of a commit's hash that are shown, as many as m-lab/tcp-info has in `git_short_commit`. */
const SHORT = 7;

/** Far more than the build says of its commit. */
const MAX_COMMIT_BYTES = 4096;

/** The package's version. */
export function packageVersion(): string {
  const manifest: { readonly version: string } = require(MANIFEST);
  return manifest.version;
}

/** The commit that the program is built from. */
export interface BuildCommit {
  /** Its hash, cut to 7 digits. */
  readonly short: string;
  /** Whether files differed from the commit. */
  readonly modified: boolean;
}

/**
 * What the build says of its commit; undefined when it was made without git and without GIT_COMMIT, or says nothing.
 * @param path of the build's own file, `dist/commit.json`
 */
export function buildCommit(
  path = join(dirname(require.resolve(MANIFEST)), 'dist', 'commit.json'),
): BuildCommit | undefined {
  let said: { readonly commit?: unknown; readonly modified?: unknown } | null;
  try {
    said = JSON.parse(readSmallFile(path, { maxBytes: MAX_COMMIT_BYTES }).toString());
  } catch {
    return undefined; // not there, or no JSON: nobody's day is to be spoiled by a missing number
  }
  const { commit, modified } = said ?? {};
  return typeof commit === 'string' ? { short: commit.slice(0, SHORT), modified: modified === true } : undefined;
}

/** What `--version` prints: program, version, and the commit where it is known. */
export function versionLine(program: string, commit = buildCommit()): string {
  const version = `${program} ${packageVersion()}`;
  if (commit === undefined) return `${version}\n`;
  return `${version} (commit ${commit.short}${commit.modified ? ', with changes' : ''})\n`;
}
