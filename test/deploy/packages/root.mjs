// Clean Debian roots without a compiler, and the programs that run in them.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CACHE, debianTree } from '../../support/debian-tree.mjs';

const SUITE = 'bookworm';
/** Address of a root's own network, for connections that are recorded because they are not loopback. */
export const ADDRESS = '10.99.0.1';

/** Returns why no root can be made here, or undefined. */
export function whyNot() {
  if (process.getuid?.() !== 0) return 'no root privileges';
  const missing = ['debootstrap', 'unshare', 'chroot', 'ip'].filter((name) => spawnSync('which', [name]).status !== 0);
  return missing.length > 0 ? `no ${missing.join(', ')}` : undefined;
}

/** Runs a program to its end and returns its output. @throws with its complete output */
export function run(program, args, options = {}) {
  const { status, stdout, stderr, error, signal } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    timeout: 280_000,
    ...options,
  });
  if (error !== undefined) throw error;
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')}: ${signal ?? `exit code ${status}`}\n${stdout}${stderr}`);
}

/** Returns the folder of a Node distribution, downloaded once. */
export function node(version) {
  const kept = join(CACHE, `node-${process.arch}-${version}`);
  if (existsSync(kept)) return kept;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, 'unfinished-'));
  const name = `node-linux-${process.arch}@${version}`;
  const [made] = JSON.parse(run('npm', ['pack', name, '--json', '--pack-destination', unfinished]));
  run('tar', ['-xzf', join(unfinished, made.filename), '-C', unfinished, '--strip-components=1', '--no-same-owner']);
  rmSync(join(unfinished, made.filename));
  renameSync(unfinished, kept);
  return kept;
}

/** A fresh root. */
export class Root {
  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'tcp-info-root-'));
    run('cp', ['-a', '--reflink=auto', `${debianTree(SUITE)}/.`, this.path]);
    this.#carryNetworkSettings();
    const npm = dirname(dirname(realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim())));
    cpSync(npm, join(this.path, 'opt/npm'), { recursive: true });
  }

  /** Copies the host's registry, certificates and resolver, which downloads need here. */
  #carryNetworkSettings() {
    for (const file of ['/etc/resolv.conf', '/etc/hosts']) {
      if (existsSync(file)) writeFileSync(join(this.path, file), readFileSync(file));
    }
    const config = (key) => run('npm', ['config', 'get', key], { stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const lines = ['registry', 'proxy', 'https-proxy']
      .map((key) => [key, config(key)])
      .filter(([, value]) => !['', 'null', 'undefined'].includes(value))
      .map(([key, value]) => `${key}=${value}`);
    const certificates = [config('cafile'), process.env.NODE_EXTRA_CA_CERTS, process.env.SSL_CERT_FILE].find(
      (file) => file !== undefined && existsSync(file),
    );
    if (certificates !== undefined) {
      writeFileSync(join(this.path, 'etc/host-certificates.pem'), readFileSync(certificates));
      lines.push('cafile=/etc/host-certificates.pem');
    }
    lines.push('audit=false', 'fund=false', 'update-notifier=false', 'cache=/var/cache/npm');
    writeFileSync(join(this.path, 'root/.npmrc'), `${lines.join('\n')}\n`);
  }

  /** Copies a file or folder of the host. */
  put(from, to) {
    cpSync(from, join(this.path, to), { recursive: true, dereference: true });
  }

  has(path) {
    return existsSync(join(this.path, path));
  }

  /**
   * Runs a program in it. With `alone` it has its own network with one address that is not loopback. npm's downloads
   * are cached.
   */
  run(program, args, { path, alone = false } = {}) {
    mkdirSync(join(CACHE, 'npm'), { recursive: true });
    mkdirSync(join(this.path, 'var/cache/npm'), { recursive: true });
    const setUp = [
      'set -e',
      'mount -t proc proc "$ROOT/proc"',
      'mount --rbind /dev "$ROOT/dev"',
      'mount --bind "$NPM_CACHE" "$ROOT/var/cache/npm"',
      ...(alone ? ['ip link set lo up', `ip address add ${ADDRESS}/32 dev lo`] : []),
      // Started by a shell, because env treats a program path with "=" as a variable.
      `exec chroot "$ROOT" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 PATH="$INNER_PATH" sh -c 'exec "$0" "$@"' "$@"`,
    ].join('\n');
    const unshare = [
      '--mount',
      '--propagation',
      'private',
      '--pid',
      '--fork',
      '--kill-child',
      ...(alone ? ['--net'] : []),
    ];
    const inner = path ?? '/usr/sbin:/usr/bin:/sbin:/bin';
    const env = { PATH: process.env.PATH, ROOT: this.path, NPM_CACHE: join(CACHE, 'npm'), INNER_PATH: inner };
    return run('unshare', [...unshare, 'sh', '-c', setUp, 'sh', program, ...args], { env });
  }

  remove() {
    // The mount namespaces are gone: no host files are mounted below it.
    rmSync(this.path, { recursive: true, force: true });
  }
}
