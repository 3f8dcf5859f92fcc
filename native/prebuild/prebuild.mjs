#!/usr/bin/env node
// Builds the addons that the npm package brings along, so that nobody needs a compiler to install it:
// native/prebuilds/<platform>-<arch>-<libc>/netlink.node, and beside it netlink.json, which says of which sources.
//
//   node native/prebuild/prebuild.mjs [TARGET...]
//
// Each loads wherever Node itself does: with glibc 2.28 and later, and no libstdc++ but its own. Of glibc the linker
// takes the newest version of every symbol that the build machine has. So it is given those symbols first by stubs of
// the libraries that had them in 2.28, under their versions of then, which every later glibc still has; what 2.28 did
// not have is in newer-glibc.c. The result is checked, symbol by symbol.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { BuildError, build, fail, fingerprint, linkFlags, nodeApiFlags, prebuiltPath, sourcesIn } from '../build.mjs';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, '..');

/** The newest version of glibc that an addon may need: that which Node 20 needs. */
const GLIBC = [2, 28];

/** What may be built. `base`: the version of glibc's first symbols on this architecture. */
export const TARGETS = {
  'linux-x64-glibc': { arch: 'x64', triple: 'x86_64-linux-gnu', base: 'GLIBC_2.2.5' },
  'linux-arm64-glibc': { arch: 'arm64', triple: 'aarch64-linux-gnu', base: 'GLIBC_2.17' },
};

/** Where glibc 2.28 had what has been in libc.so.6 since 2.34. */
const STUBS = {
  'libdl.so.2': ['dlerror', 'dlopen', 'dlsym'],
  'libpthread.so.0': [
    '__pthread_key_create',
    'pthread_create',
    'pthread_detach',
    'pthread_getspecific',
    'pthread_join',
    'pthread_key_create',
    'pthread_key_delete',
    'pthread_once',
    'pthread_setspecific',
    'pthread_sigmask',
  ],
};

/** Libraries that Node itself has loaded, on every architecture. */
const LIBRARIES =
  /^(libc\.so\.6|libm\.so\.6|libdl\.so\.2|libpthread\.so\.0|libgcc_s\.so\.1|ld-linux-[a-z0-9-]+\.so\.\d)$/;

/** The programs for a target: the system's own, or a cross compiler's. */
function tools({ arch, triple }) {
  const prefix = process.arch === arch ? '' : `${triple}-`;
  return { cxx: `${prefix}g++`, cc: `${prefix}gcc`, objdump: `${prefix}objdump`, debian: triple.replaceAll('_', '-') };
}

async function tool(program, args, debian) {
  try {
    return (await run(program, args, { maxBuffer: 1 << 26, env: { ...process.env, LC_ALL: 'C' } })).stdout;
  } catch (cause) {
    if (cause.code !== 'ENOENT') throw new BuildError(cause.stderr || cause.message, { cause });
    throw new BuildError(`no ${program}: install it with \`apt-get install g++-${debian}\``, { cause });
  }
}

/** Builds what is linked before glibc. */
async function linkFirst(scratch, { base }, { cc, debian }) {
  const shims = join(scratch, 'newer-glibc.o');
  const flags = ['-O2', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'];
  await tool(cc, [...flags, '-c', join(here, 'newer-glibc.c'), '-o', shims], debian);
  const stubs = [];
  for (const [soname, names] of Object.entries(STUBS)) {
    const [source, versions, stub] = ['c', 'map', 'so'].map((ending) => join(scratch, `${soname}.${ending}`));
    writeFileSync(source, names.map((name) => `void ${name}(void) {}\n`).join(''));
    writeFileSync(versions, `${base} { global: ${names.join('; ')}; local: *; };\n`);
    const link = ['-shared', '-nostdlib', '-fPIC', `-Wl,-soname,${soname}`, `-Wl,--version-script=${versions}`];
    await tool(cc, [...link, '-fno-builtin', source, '-o', stub], debian);
    stubs.push(stub);
  }
  return [shims, '-Wl,--as-needed', ...stubs];
}

/**
 * What a file needs that not every supported system has, from what `objdump -Tp` prints of it; empty when it is fine.
 */
export function missingIn(objdump) {
  const libraries = [...objdump.matchAll(/^\s+NEEDED\s+(\S+)$/gm)].map(([, name = '']) => name);
  const symbols = [...objdump.matchAll(/\*UND\*\s+\S+\s+\(?([A-Z]+)_([0-9.]+)\)?\s+(\S+)$/gm)];
  if (libraries.length === 0 || symbols.length === 0) throw new BuildError('objdump printed no libraries or symbols');
  return [
    ...libraries.filter((name) => !LIBRARIES.test(name)),
    ...symbols.flatMap(([, of, version = '', name]) => {
      if (of === 'GCC') return []; // of libgcc_s.so.1, whose newest that is needed here is 20 years old
      const [major = 0, minor = 0] = version.split('.').map(Number);
      const isOld = of === 'GLIBC' && (major < GLIBC[0] || (major === GLIBC[0] && minor <= GLIBC[1]));
      return isOld ? [] : [`${name} of ${of}_${version}`];
    }),
  ];
}

/** What is built how: when neither has changed, neither has the result. */
function recipe() {
  const hash = createHash('sha256');
  for (const name of readdirSync(here).sort()) hash.update(`${name}\0`).update(readFileSync(join(here, name)));
  return hash.digest('hex');
}

function targetOf(name) {
  const target = TARGETS[name];
  if (target !== undefined) return target;
  throw new BuildError(`prebuild ${name}: unknown target; known are ${Object.keys(TARGETS).join(', ')}`);
}

/** Finds the programs that a target takes and that are not here; `install` is the command that brings them. @throws BuildError */
export async function missingTools(name) {
  const { cxx, cc, objdump, debian } = tools(targetOf(name));
  const missing = [];
  for (const program of [cxx, cc, objdump]) {
    await run(program, ['--version']).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
      missing.push(program);
    });
  }
  return { missing, install: `apt-get install g++-${debian}` };
}

/**
 * Builds the addon for one target, unless it is there already. Returns a line for the user; `say` takes those before it.
 * @throws BuildError
 */
export async function prebuild(name, say = () => undefined) {
  const target = targetOf(name);
  const { cxx, cc, objdump, debian } = tools(target);
  const output = prebuiltPath(name);
  const stampPath = output.replace(/\.node$/, '.json');
  const compiler = (await tool(cxx, ['--version'], debian)).split('\n', 1)[0];
  const stamp = `${JSON.stringify({ sources: fingerprint('Prebuild'), recipe: recipe(), compiler })}\n`;
  const shown = relative('.', output);
  if (existsSync(output) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) {
    return `${shown} is up to date`;
  }
  const scratch = join(native, 'build', `prebuild-${name}`);
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  try {
    const started = performance.now();
    const made = join(scratch, 'netlink.node');
    const link = [...(await linkFirst(scratch, target, { cc, debian })), ...linkFlags()];
    const sources = sourcesIn(join(native, 'src'), /\.cc$/);
    say(`builds ${shown} of ${sources.length} files with ${compiler}`);
    await build({ sources, output: made, kind: 'Prebuild', flags: nodeApiFlags(), link, cxx, say });
    const missing = missingIn(await tool(objdump, ['-Tp', made], debian));
    if (missing.length > 0) {
      throw new BuildError(
        `prebuild ${name}: needs what glibc ${GLIBC.join('.')} does not have: ${missing.join(', ')}`,
      );
    }
    mkdirSync(dirname(output), { recursive: true });
    // The stamp goes first and comes last: whatever happens between, it does not vouch for another file.
    rmSync(stampPath, { force: true });
    writeFileSync(output, readFileSync(made), { mode: 0o755 });
    writeFileSync(stampPath, stamp);
    return `${shown} built in ${((performance.now() - started) / 1000).toFixed(1)} s`;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const given = process.argv.slice(2);
  const say = (line) => process.stdout.write(`${line}\n`);
  try {
    for (const name of given.length === 0 ? Object.keys(TARGETS) : given) {
      say(await prebuild(name, say));
    }
  } catch (error) {
    fail(error);
  }
}
