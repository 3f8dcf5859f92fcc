import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readSmallFile } from '../files/index.js';

// The package's own name leads to the same file from the sources and from the build.
const require = createRequire(import.meta.url);
const MANIFEST = 'tcp-info/package.json';

/** Digits of a commit's hash that are shown, as many as in `git_short_commit` of m-lab/tcp-info. */
const SHORT = 7;

/** Upper limit for the size of the build's commit file, far above its usual size. */
const MAX_COMMIT_BYTES = 4096;

/** Returns the package's version. */
export function packageVersion(): string {
  const manifest: { readonly version: string } = require(MANIFEST);
  return manifest.version;
}

/** Returns the folder of the page, which the build makes; a checkout without a build has none. */
export function pageFolder(): string {
  return join(dirname(require.resolve(MANIFEST)), 'dist', 'web');
}

/** Commit that the program was built from. */
export interface BuildCommit {
  /** Hash, cut to 7 digits. */
  readonly short: string;
  /** True when files differed from the commit. */
  readonly modified: boolean;
}

/**
 * Reads the commit that the build recorded. Undefined without a record: the build had neither git nor GIT_COMMIT.
 * @param path file that the build wrote, `dist/commit.json`
 */
export function buildCommit(
  path = join(dirname(require.resolve(MANIFEST)), 'dist', 'commit.json'),
): BuildCommit | undefined {
  let said: { readonly commit?: unknown; readonly modified?: unknown } | null;
  try {
    said = JSON.parse(readSmallFile(path, { maxBytes: MAX_COMMIT_BYTES }).toString());
  } catch {
    return undefined; // missing file or no JSON: a missing commit must not stop a program
  }
  const { commit, modified } = said ?? {};
  return typeof commit === 'string' ? { short: commit.slice(0, SHORT), modified: modified === true } : undefined;
}

/** Returns the text of `--version`: program, version, and the commit if known. */
export function versionLine(program: string, commit = buildCommit()): string {
  const version = `${program} ${packageVersion()}`;
  if (commit === undefined) return `${version}\n`;
  return `${version} (commit ${commit.short}${commit.modified ? ', with changes' : ''})\n`;
}
