import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianRepositories, debianTree } from '../support/debian-tree.mjs';
import { output, run } from './programs.js';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Folders that a slim image omits. */
const NOT_SLIM = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'usr/share/lintian'];

/**
 * Puts Debian, as small as the slim images, into a folder, with this machine's access to the registries: mirrors and
 * proxies of apt, certificates. Only the stand-in image gets them, and they contain no secrets.
 */
export async function unpackDebian(suite: string, tree: string): Promise<void> {
  mkdirSync(tree, { recursive: true });
  await run('cp', ['-a', '--reflink=auto', `${debianTree(suite)}/.`, tree]);
  for (const folder of NOT_SLIM) rmSync(join(tree, folder), { recursive: true, force: true });
  const lines = debianRepositories(suite).map(({ uri, release }) => `deb ${uri} ${release} main\n`);
  writeFileSync(join(tree, 'etc/apt/sources.list'), lines.join(''));
  const settings = output('apt-config', 'dump').split('\n');
  const proxies = settings.filter((line) => /^Acquire::https?::Proxy\b/i.test(line));
  writeFileSync(join(tree, 'etc/apt/apt.conf.d/90host'), proxies.map((line) => `${line}\n`).join(''));
  if (!existsSync(CERTIFICATES)) return;
  mkdirSync(join(tree, 'etc/ssl/certs'), { recursive: true });
  cpSync(CERTIFICATES, join(tree, CERTIFICATES), { dereference: true });
}
