#!/usr/bin/env node
// Builds the addons in the npm package, which can then be installed without a compiler:
// native/prebuilds/<platform>-<arch>-<libc>/netlink.node, with netlink.json, which identifies its sources.
//
//   node native/prebuild/prebuild.mjs [TARGET...]
//
// Each addon loads on every system on which Node runs, with glibc 2.28 or later, because its libstdc++ is static. By
// default the linker uses the newest version of each glibc symbol on the build machine. So it is first given stubs of
// the libraries that had these symbols in 2.28, with their old versions, which every later glibc still has. Functions
// that 2.28 lacks are in newer-glibc.c. Every symbol of the result is checked.

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

/** Newest version of glibc that an addon may need: the version that Node 20 needs. */
const GLIBC = [2, 28];

/** Targets of prebuilt addons. `base` is the version of glibc's first symbols on the architecture. */
export const TARGETS = {
  'linux-x64-glibc': { arch: 'x64', triple: 'x86_64-linux-gnu', base: 'GLIBC_2.2.5' },
  'linux-arm64-glibc': { arch: 'arm64', triple: 'aarch64-linux-gnu', base: 'GLIBC_2.17' },
};

/** Libraries of glibc 2.28, with those of their symbols that have been in libc.so.6 since 2.34. */
const STUBS = {
  'libdl.so.2': ['dlerror', 'dlopen', 'dlsym'],
  'libpthread.so.0': [
    '__pthread_key_create',
    'pthread_create',
    'pthread_detach',
    'pthread_getcpuclockid',
    'pthread_getspecific',
    'pthread_join',
    'pthread_key_create',
    'pthread_key_delete',
    'pthread_once',
    'pthread_setspecific',
    'pthread_sigmask',
  ],
};

/** Names of the libraries that Node itself loads, on every architecture. */
const LIBRARIES =
  /^(libc\.so\.6|libm\.so\.6|libdl\.so\.2|libpthread\.so\.0|libgcc_s\.so\.1|ld-linux-[a-z0-9-]+\.so\.\d)$/;

/** Returns the build tools for a target: the system's, or those of a cross compiler. */
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

/** Builds the objects and stubs that are linked before glibc. Returns linker arguments. */
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
 * Finds the libraries and symbols of an addon that some supported systems lack, in the output of `objdump -Tp`.
 */
export function missingIn(objdump) {
  const libraries = [...objdump.matchAll(/^\s+NEEDED\s+(\S+)$/gm)].map(([, name = '']) => name);
  const symbols = [...objdump.matchAll(/\*UND\*\s+\S+\s+\(?([A-Z]+)_([0-9.]+)\)?\s+(\S+)$/gm)];
  if (libraries.length === 0 || symbols.length === 0) throw new BuildError('objdump printed no libraries or symbols');
  return [
    ...libraries.filter((name) => !LIBRARIES.test(name)),
    ...symbols.flatMap(([, of, version = '', name]) => {
      if (of === 'GCC') return []; // libgcc_s.so.1: even the newest symbol used here is 20 years old
      const [major = 0, minor = 0] = version.split('.').map(Number);
      const isOld = of === 'GLIBC' && (major < GLIBC[0] || (major === GLIBC[0] && minor <= GLIBC[1]));
      return isOld ? [] : [`${name} of ${of}_${version}`];
    }),
  ];
}

/** Returns a hash of the scripts and sources in this folder. */
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

/** Finds the missing programs of a target; `install` is the command that installs them. @throws BuildError */
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
 * Builds the addon of a target, unless it is up to date. Returns the last line for the user; `say` gets earlier ones.
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
        `prebuild ${name}: needs libraries or symbols that glibc ${GLIBC.join('.')} lacks: ${missing.join(', ')}`,
      );
    }
    mkdirSync(dirname(output), { recursive: true });
    // Remove the stamp first and write it last: it must never belong to another file.
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
