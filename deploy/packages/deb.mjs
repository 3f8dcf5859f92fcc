#!/usr/bin/env node
// Builds dist-deb/tcp-info_<version>_<architecture>.deb with only dpkg-deb. The package contains everything, even Node,
// because Debian's Node is too old.
//
//   node deploy/packages/deb.mjs [--arch=amd64|arm64] [--package=FILE.tgz] [--deploy=DIR]
//
// --package is a tarball of `npm pack`; by default it is made. --deploy is the folder with the systemd unit (default
// deploy).

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { BuildError, fail } from '../../native/build.mjs';
import { changelog, control, copyright, lintianOverrides, MAINTAINER_SCRIPTS, NODE, wrapper } from './deb-files.mjs';

const ARCHITECTURES = {
  amd64: { cpu: 'x64', prebuild: 'linux-x64-glibc' },
  arm64: { cpu: 'arm64', prebuild: 'linux-arm64-glibc' },
};
/** Documents of the npm package that go to /usr/share/doc. */
const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
const PROGRAMS = ['tcp-info', 'csvtool', 'example-eventsocket-client'];

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

function run(program, args, options = {}) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
  } catch (cause) {
    const reason = cause.code === 'ENOENT' ? 'there is no such program' : `exit code ${cause.status}`;
    throw new BuildError(`deb: ${program} ${args[0]}: ${reason}`, { cause });
  }
}

/** Packs a folder or a package of the registry with npm. Returns the path of the tarball. */
function pack(what, into) {
  const [made] = JSON.parse(run('npm', ['pack', what, '--json', '--pack-destination', into], { cwd: root }));
  return join(into, made.filename);
}

function unpack(tarball, into) {
  mkdirSync(into, { recursive: true });
  run('tar', ['-xzf', tarball, '-C', into, '--strip-components=1', '--no-same-owner']);
}

/** Writes a file of the package. */
function put(stage, path, content, mode = 0o644) {
  const full = join(stage, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  chmodSync(full, mode);
}

const gz = (content) => gzipSync(content, { level: 9, mtime: 0 });

/** Adds the program and its dependencies, without files that only builds or developers need. */
function putProgram(stage, tarball, { cpu, prebuild }) {
  const lib = join(stage, 'usr/lib/tcp-info');
  unpack(tarball, lib);
  copyFileSync(join(root, 'package-lock.json'), join(lib, 'package-lock.json'));
  const chosen = ['--omit=dev', '--ignore-scripts', '--os=linux', `--cpu=${cpu}`, '--libc=glibc'];
  run('npm', ['ci', ...chosen, '--no-audit', '--no-fund', '--loglevel=error'], { cwd: lib });
  const unwanted = ['package-lock.json', 'node_modules/.package-lock.json', 'node_modules/.bin', 'native/src'];
  const builders = [
    'native/build.mjs',
    'node_modules/node-addon-api',
    'node_modules/node-api-headers',
    'deploy',
    'docs',
  ];
  // DuckDB is 68 MB of 170, for two commands and Parquet only. They print how to install it.
  const optional = ['node_modules/@duckdb'];
  for (const name of [...unwanted, ...builders, ...optional]) rmSync(join(lib, name), { recursive: true, force: true });
  const prebuilds = join(lib, 'native/prebuilds');
  if (!existsSync(join(prebuilds, prebuild, 'netlink.node'))) {
    throw new BuildError(`deb: ${tarball} has no addon for ${prebuild}`);
  }
  for (const name of readdirSync(prebuilds)) if (name !== prebuild) rmSync(join(prebuilds, name), { recursive: true });
  for (const name of [...DOCUMENTS, 'LICENSE', 'dist/man', 'dist/completion']) {
    rmSync(join(lib, name), { recursive: true, force: true });
  }
  tidy(lib);
}

/** Removes files that no program reads, and sets the mode of every file. */
function tidy(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      chmodSync(path, 0o755);
      tidy(path);
    } else if (/\.(d\.[cm]?ts|ts|map)$|^(README|CHANGELOG|HISTORY|\.)/i.test(entry.name)) rmSync(path);
    else chmodSync(path, 0o644);
  }
}

/** Adds Node's binary and its licence, which includes the licences of its components. */
function putNode(stage, scratch, { cpu }) {
  const folder = join(scratch, `node-${cpu}`);
  unpack(pack(`node-linux-${cpu}@${NODE}`, scratch), folder);
  put(stage, 'usr/lib/tcp-info/bin/node', readFileSync(join(folder, 'bin/node')), 0o755);
  put(stage, 'usr/share/doc/tcp-info/LICENSE.node.gz', gz(readFileSync(join(folder, 'LICENSE'))));
}

function putService(stage, deploy) {
  const files = {
    'systemd/tcp-info.service': 'lib/systemd/system/tcp-info.service',
    'systemd/tcp-info.default': 'etc/default/tcp-info',
  };
  for (const [from, to] of Object.entries(files)) {
    const path = join(deploy, from);
    if (!existsSync(path)) throw new BuildError(`deb: ${path} is missing: it becomes /${to}`);
    put(stage, to, readFileSync(path));
  }
}

function putDocuments(stage, unpacked, { version, time }) {
  for (const name of ['tcp-info', 'csvtool']) {
    put(stage, `usr/share/man/man1/${name}.1.gz`, gz(readFileSync(join(unpacked, `dist/man/${name}.1`))));
  }
  const bash = 'usr/share/bash-completion/completions';
  put(stage, `${bash}/tcp-info`, readFileSync(join(unpacked, 'dist/completion/bash/tcp-info')));
  // bash-completion searches for a file with the program's name.
  for (const name of PROGRAMS.slice(1)) symlinkSync('tcp-info', join(stage, bash, name));
  const zsh = readFileSync(join(unpacked, 'dist/completion/zsh/_tcp-info'));
  put(stage, 'usr/share/zsh/vendor-completions/_tcp-info', zsh);
  const doc = 'usr/share/doc/tcp-info';
  put(stage, `${doc}/copyright`, copyright(packagesIn(stage)));
  put(stage, `${doc}/changelog.gz`, gz(changelog(version, time)));
  for (const name of DOCUMENTS) put(stage, `${doc}/${name}.gz`, gz(readFileSync(join(unpacked, name))));
  // Files that the documents refer to, such as the unit's drop-ins.
  for (const name of ['docs', 'deploy']) cpSync(join(unpacked, name), join(stage, doc, name), { recursive: true });
  put(stage, 'usr/share/lintian/overrides/tcp-info', lintianOverrides());
}

/** Returns name, version and licence of every package in node_modules. */
function packagesIn(stage) {
  const folder = join(stage, 'usr/lib/tcp-info/node_modules');
  const names = readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  );
  return names.map((name) => {
    const { version, license } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'));
    return { name, version, license: String(license) };
  });
}

/** Returns every file below a folder. */
function filesBelow(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function putControl(stage, architecture, version) {
  const files = filesBelow(stage);
  const kibibytes = files.reduce((sum, path) => sum + Math.ceil(statSync(path).size / 1024), 0);
  put(stage, 'DEBIAN/control', control({ architecture, version, kibibytes }));
  put(stage, 'DEBIAN/conffiles', '/etc/default/tcp-info\n');
  const sums = files.map((path) => relative(stage, path)).filter((path) => !path.startsWith('etc/'));
  put(stage, 'DEBIAN/md5sums', run('md5sum', sums.sort(), { cwd: stage, maxBuffer: 1 << 26 }));
  for (const [name, text] of Object.entries(MAINTAINER_SCRIPTS)) put(stage, `DEBIAN/${name}`, text, 0o755);
}

function buildDeb({ architecture, tarball, deploy }) {
  const target = ARCHITECTURES[architecture];
  if (target === undefined) {
    throw new BuildError(`deb: --arch=${architecture}: expected ${Object.keys(ARCHITECTURES).join(' or ')}`);
  }
  const scratch = mkdtempSync(join(tmpdir(), 'tcp-info-deb-'));
  try {
    const made = tarball === undefined ? pack('.', scratch) : resolve(tarball);
    const unpacked = join(scratch, 'package');
    unpack(made, unpacked);
    const { version } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'));
    const { time } = JSON.parse(readFileSync(join(unpacked, 'dist/commit.json'), 'utf8'));
    const stage = join(scratch, 'stage');
    mkdirSync(stage);
    putService(stage, deploy);
    putProgram(stage, made, target);
    putNode(stage, scratch, target);
    for (const name of PROGRAMS) put(stage, `usr/bin/${name}`, wrapper(name), 0o755);
    putDocuments(stage, unpacked, { version, time });
    putControl(stage, architecture, version);
    run('find', [stage, '-type', 'd', '-exec', 'chmod', '0755', '{}', '+']);
    const output = join(root, 'dist-deb', `tcp-info_${version}_${architecture}.deb`);
    mkdirSync(dirname(output), { recursive: true });
    const unfinished = `${output}.new`;
    // Reproducible: dpkg-deb takes its times from this variable.
    const env = { ...process.env, ...(time === undefined ? {} : { SOURCE_DATE_EPOCH: String(time) }) };
    run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', stage, unfinished], { env });
    renameSync(unfinished, output);
    return `${relative('.', output)}: ${(statSync(output).size / 1e6).toFixed(1)} MB`;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

try {
  const { values } = parseArgs({
    options: { arch: { type: 'string' }, package: { type: 'string' }, deploy: { type: 'string' } },
  });
  const deploy = resolve(values.deploy ?? join(root, 'deploy'));
  const [native] = Object.entries(ARCHITECTURES).find(([, { cpu }]) => cpu === process.arch) ?? ['amd64'];
  const made = buildDeb({ architecture: values.arch ?? native, tarball: values.package, deploy });
  process.stdout.write(`${made}\n`);
} catch (error) {
  fail(
    error instanceof TypeError && /^ERR_PARSE_ARGS/.test(error.code) ? new BuildError(`deb: ${error.message}`) : error,
  );
}
