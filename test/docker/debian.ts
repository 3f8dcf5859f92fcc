import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { output, run } from './programs.js';

/** Maximum age of a tree. An older one is made again, because Debian may have had a point release. */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Folders that a slim image omits. */
const NOT_SLIM = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'usr/share/lintian'];

interface Repository {
  readonly uri: string;
  /** Name of the release, e.g. `bookworm-security`. */
  readonly release: string;
}

/** Returns the host's own Debian repositories and mirrors, for another release. */
function repositories(suite: string): Repository[] {
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const lines = output('apt-get', 'indextargets', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages');
  return [...new Set(lines.split('\n'))].flatMap((line) => {
    const [uri = '', release = ''] = line.split(' ');
    if (release !== codename && !release.startsWith(`${codename}-`)) return [];
    return [{ uri, release: suite + release.slice(codename.length) }];
  });
}

/** Returns the folder that keeps trees between runs. */
function cacheFolder(): string {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tcp-info');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Returns a tar of Debian's minimal system, as small as the slim images; made once, and cached. */
async function debianTar(suite: string): Promise<string> {
  const kept = join(cacheFolder(), `debian-${suite}-${process.arch}.tar`);
  if (existsSync(kept) && Date.now() - statSync(kept).mtimeMs < MAX_AGE_MS) return kept;
  const main = repositories(suite).find(({ release }) => release === suite);
  if (main === undefined) throw new Error(`no repository of Debian ${suite} among the sources of apt`);
  const scratch = mkdtempSync(join(tmpdir(), 'tcp-info-debian-'));
  try {
    const tree = join(scratch, 'tree');
    await run('debootstrap', ['--variant=minbase', suite, tree, main.uri]);
    for (const folder of NOT_SLIM) rmSync(join(tree, folder), { recursive: true, force: true });
    for (const folder of ['var/lib/apt/lists', 'var/cache/apt/archives']) {
      rmSync(join(tree, folder), { recursive: true, force: true });
      mkdirSync(join(tree, folder, 'partial'), { recursive: true });
    }
    const made = `${kept}.${process.pid}`;
    await run('tar', ['--directory', tree, '--create', '--file', made, '.']);
    renameSync(made, kept);
    return kept;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Unpacks Debian into a folder, with this machine's access to the registries: mirrors and proxies of apt, certificates.
 * Only the stand-in image gets them, and they contain no secrets.
 */
export async function unpackDebian(suite: string, tree: string): Promise<void> {
  mkdirSync(tree, { recursive: true });
  await run('tar', ['--directory', tree, '--extract', '--file', await debianTar(suite)]);
  const lines = repositories(suite).map(({ uri, release }) => `deb ${uri} ${release} main\n`);
  writeFileSync(join(tree, 'etc/apt/sources.list'), lines.join(''));
  const settings = output('apt-config', 'dump').split('\n');
  const proxies = settings.filter((line) => /^Acquire::https?::Proxy\b/i.test(line));
  writeFileSync(join(tree, 'etc/apt/apt.conf.d/90host'), proxies.map((line) => `${line}\n`).join(''));
  if (!existsSync(CERTIFICATES)) return;
  mkdirSync(join(tree, 'etc/ssl/certs'), { recursive: true });
  cpSync(CERTIFICATES, join(tree, CERTIFICATES), { dereference: true });
}
