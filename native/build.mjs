#!/usr/bin/env node
// Builds the addon with only a C++ compiler: no node-gyp, no Python, no download. The headers of Node-API come from the
// packages node-api-headers and node-addon-api.
//
//   node native/build.mjs [--debug | --sanitize]
//
// Nothing is compiled if native/prebuilds has an addon of exactly these sources that this system can load. The npm
// package contains such addons (prebuild/prebuild.mjs).
// CXX is the compiler (default g++), CXXFLAGS are additional flags.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));

const COMMON = ['-std=c++20', '-fPIC', '-fvisibility=hidden', '-pthread', '-Wall', '-Wextra', '-Werror'];
const NODE_API = [
  '-DNAPI_VERSION=9',
  '-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL',
  // No caller can catch an exception that is thrown while an environment is torn down.
  '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
];

/** Flags of each kind of build. */
export const KINDS = {
  Release: { compile: ['-O2', '-DNDEBUG'], link: ['-s'] },
  Debug: { compile: ['-O0', '-g'], link: [] },
  Sanitize: {
    compile: ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    link: ['-fsanitize=address,undefined'],
  },
  // Needs clang: only clang has libFuzzer.
  Fuzz: {
    compile: ['-O2', '-g', '-fsanitize=fuzzer-no-link,address,undefined', '-fno-sanitize-recover=all'],
    link: ['-fsanitize=fuzzer,address,undefined'],
  },
  Thread: { compile: ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=thread'], link: ['-fsanitize=thread'] },
  // One file for every distribution with this libc. libstdc++ is static because the oldest may have an older one.
  // libgcc is not: a process must have one unwinder, which is Node's.
  Prebuild: {
    compile: ['-O2', '-DNDEBUG'],
    link: ['-s', '-static-libstdc++'],
  },
};

/** Sources that use Node-API: the files directly in `src/`, and these. All others can be tested without Node. */
const NODE_SIDE = /\/src\/[^/]+\.cc$|\/(work\/(compress|file|work)-thread|util\/(args|call-back|error))\.cc$/;

/** Thrown when a build fails. The message is a sentence for the user. */
export class BuildError extends Error {}

/** Returns every source of a folder, in a stable order. */
export function sourcesIn(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => ending.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** Returns the sources that can be linked to a program without Node. */
export function sourcesWithoutNode() {
  return sourcesIn(join(here, 'src'), /\.cc$/).filter((source) => !NODE_SIDE.test(source));
}

/** Returns the compiler in CXX, whose value may contain arguments, such as `ccache g++`. */
export function compiler() {
  const [command, ...args] = (process.env.CXX || 'g++').trim().split(/\s+/);
  return { command, args, flags: (process.env.CXXFLAGS ?? '').split(/\s+/).filter(Boolean) };
}

async function compilerVersion() {
  const { command, args } = compiler();
  try {
    const { stdout } = await run(command, [...args, '--version']);
    return stdout.split('\n', 1)[0];
  } catch (cause) {
    if (cause.code !== 'ENOENT') throw cause;
    throw new BuildError(
      `no C++ compiler (${command}) to build tcp-info's addon with: install one with \`apt-get install g++\` ` +
        'or `apk add g++`.',
      { cause },
    );
  }
}

async function compile(args, cxx) {
  const { command, args: prefix, flags } = cxx === undefined ? compiler() : { ...compiler(), command: cxx, args: [] };
  try {
    await run(command, [...prefix, ...args, ...flags], { maxBuffer: 64 * 1024 * 1024 });
  } catch (cause) {
    throw new BuildError(cause.stderr || cause.message, { cause });
  }
}

/** Runs `work` on every item, with as many in parallel as there are processors. */
async function inParallel(items, work) {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), items.length) }, worker));
}

/** Number of progress reports of a build. */
const QUARTERS = 4;

/**
 * Compiles sources and links them to `output`, which is renamed into place when complete. `cxx` overrides the compiler
 * in CXX. `say` receives a line after each quarter of the sources: on a slow machine a build takes a minute.
 */
export async function build({ sources, output, kind, flags = [], link = [], cxx, say = () => undefined }) {
  mkdirSync(dirname(output), { recursive: true });
  const scratch = mkdtempSync(join(dirname(output), '.build-'));
  try {
    const objects = [];
    const jobs = sources.map((source, index) => ({ source, object: join(scratch, `${index}.o`) }));
    const quarters = () => Math.floor((objects.length * QUARTERS) / sources.length);
    await inParallel(jobs, async ({ source, object }) => {
      await compile([...COMMON, ...KINDS[kind].compile, ...flags, '-c', source, '-o', object], cxx);
      const before = quarters();
      objects.push(object);
      if (quarters() > before) say(`${objects.length} of ${sources.length} files compiled`);
    });
    const made = join(scratch, basename(output));
    await compile(['-pthread', ...objects.sort(), ...KINDS[kind].link, ...link, '-o', made], cxx);
    renameSync(made, output);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Returns the compiler flags for sources that use Node-API. */
export function nodeApiFlags() {
  const headers = [require('node-api-headers').include_dir, require('node-addon-api').include_dir];
  return [...NODE_API, ...headers.flatMap((folder) => ['-isystem', folder.replaceAll('"', '')])];
}

/** Returns the linker flags of an addon. */
export function linkFlags() {
  return ['-shared', `-Wl,--version-script=${join(here, 'src', 'exports.map')}`];
}

/** Returns the path of a target's addon in the npm package. A target is for example linux-x64-glibc. */
export function prebuiltPath(target) {
  return join(here, 'prebuilds', target, 'netlink.node');
}

/** Returns a hash of everything that the addon is built from. */
export function fingerprint(kind) {
  const hash = createHash('sha256');
  for (const source of sourcesIn(join(here, 'src'), /\.(h|cc|map)$/)) {
    hash.update(`${relative(here, source)}\0`).update(readFileSync(source));
  }
  const versions = ['node-api-headers', 'node-addon-api'].map((name) => require(`${name}/package.json`).version);
  hash.update(JSON.stringify([COMMON, NODE_API, KINDS[kind], versions, process.env.CXXFLAGS ?? '']));
  return hash.digest('hex');
}

function readStamp(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {}; // missing or invalid: build
  }
}

function isLoadable(path) {
  try {
    require(path);
    return true;
  } catch {
    return false; // built for another system: build
  }
}

function hasGlibc() {
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}

/** Returns the prebuilt addon for this system, if it was built from the current sources and can be loaded. */
function usablePrebuilt() {
  const path = prebuiltPath(`${process.platform}-${process.arch}-${hasGlibc() ? 'glibc' : 'musl'}`);
  if (!existsSync(path)) return undefined;
  const { sources } = readStamp(path.replace(/\.node$/, '.json'));
  return sources === fingerprint('Prebuild') && isLoadable(path) ? path : undefined;
}

/** Builds an addon of one kind, unless it is up to date. Returns the last line for the user; `say` gets earlier ones. */
export async function buildAddon(kind, say = () => undefined) {
  const output = join(here, 'build', kind, 'netlink.node');
  const stampPath = `${output}.json`;
  const sources = fingerprint(kind);
  const prebuilt = kind === 'Release' ? usablePrebuilt() : undefined;
  if (prebuilt !== undefined) {
    // A local build is loaded before a prebuilt addon, so remove an outdated one.
    if (readStamp(stampPath).sources !== sources) rmSync(output, { force: true });
    return `uses ${relative('.', existsSync(output) ? output : prebuilt)}`;
  }
  const stamp = existsSync(output) ? readStamp(stampPath) : {};
  const unchanged = stamp.sources === sources;
  const version = await compilerVersion().catch((error) => {
    // An image without a compiler may contain an addon that was built elsewhere.
    if (unchanged && isLoadable(output)) return stamp.compiler;
    throw error;
  });
  if (unchanged && stamp.compiler === version) return `${relative('.', output)} is up to date`;

  const started = performance.now();
  const files = sourcesIn(join(here, 'src'), /\.cc$/);
  const parallel = Math.min(availableParallelism(), files.length);
  say(`builds ${relative('.', output)} of ${files.length} files, ${parallel} at a time, with ${version}`);
  await build({ sources: files, output, kind, flags: nodeApiFlags(), link: linkFlags(), say });
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, `${JSON.stringify({ sources, compiler: version })}\n`);
  return `${relative('.', output)} built in ${((performance.now() - started) / 1000).toFixed(1)} s`;
}

/** Prints an error and sets the exit status. A {@link BuildError} is printed without a stack: the user can fix it. */
export function fail(error) {
  process.stderr.write(error instanceof BuildError ? `${error.message.trimEnd()}\n` : `${error.stack}\n`);
  process.exitCode = 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const kinds = { '--debug': 'Debug', '--sanitize': 'Sanitize' };
  const [option] = process.argv.slice(2);
  const kind = option === undefined ? 'Release' : kinds[option];
  if (kind === undefined) {
    process.stderr.write(`build.mjs: unknown option ${option}; known are ${Object.keys(kinds).join(', ')}\n`);
    process.exitCode = 2;
  } else {
    const say = (line) => process.stdout.write(`${line}\n`);
    await buildAddon(kind, say).then(say, fail);
  }
}
