// @ts-check
// Debian's minimal system, for the tests of the image and of the packages: made by debootstrap once, and kept.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Maximum age of a tree. An older one is made again, because Debian may have had a point release. */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;

/** Cache folder for files that take long to make. */
export const CACHE =
  process.getuid?.() === 0
    ? '/var/cache/tcp-info-test'
    : join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tcp-info-test');

/**
 * Returns the host's own Debian repositories and mirrors, for another release.
 * @param {string} suite for example `bookworm`
 * @returns {{ uri: string, release: string }[]} `release` is for example `bookworm-security`
 */
export function debianRepositories(suite) {
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const targets = ['indextargets', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages'];
  const lines = execFileSync('apt-get', targets, { encoding: 'utf8' }).split('\n');
  return [...new Set(lines)].flatMap((line) => {
    const [uri = '', release = ''] = line.split(' ');
    if (release !== codename && !release.startsWith(`${codename}-`)) return [];
    return [{ uri, release: suite + release.slice(codename.length) }];
  });
}

/**
 * Returns a kept tree of a minimal Debian without downloaded packages. Copy it: other tests use it, too.
 * @param {string} suite
 */
export function debianTree(suite) {
  const kept = join(CACHE, `debian-${suite}-${process.arch}`);
  if (existsSync(kept) && Date.now() - statSync(kept).mtimeMs < MAX_AGE_MS) return kept;
  const main = debianRepositories(suite).find(({ release }) => release === suite);
  if (main === undefined) throw new Error(`no repository of Debian ${suite} among the sources of apt`);
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, 'unfinished-'));
  try {
    const { status, stdout, stderr, error } = spawnSync(
      'debootstrap',
      ['--variant=minbase', suite, unfinished, main.uri],
      { encoding: 'utf8', maxBuffer: 1 << 26 },
    );
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`debootstrap ${suite}: exit code ${status}\n${stdout}${stderr}`);
    for (const folder of ['var/lib/apt/lists', 'var/cache/apt/archives']) {
      rmSync(join(unfinished, folder), { recursive: true, force: true });
      mkdirSync(join(unfinished, folder, 'partial'), { recursive: true });
    }
    // A temporary folder is for root only; the tree becomes the root folder of every user.
    chmodSync(unfinished, 0o755);
    utimesSync(unfinished, new Date(), new Date());
    rmSync(kept, { recursive: true, force: true });
    renameSync(unfinished, kept);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
  return kept;
}
