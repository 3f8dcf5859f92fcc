#!/usr/bin/env node
// Builds the addon with the C++ compiler alone: no node-gyp, no python, nothing fetched. The headers of Node-API come
// from the packages node-api-headers and node-addon-api.
//
//   node native/build.mjs [--debug | --sanitize | --prebuild]
//
// --prebuild writes native/prebuilds/<platform>-<arch>-<libc>/netlink.node, which brings its C++ runtime along.
// CXX names the compiler (g++), CXXFLAGS is added to its flags.

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
  // What is thrown while an environment is torn down has nobody to be thrown to.
  '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
];

/** The flags of each kind of build. */
export const KINDS = {
  Release: { compile: ['-O2', '-DNDEBUG'], link: ['-s'] },
  Debug: { compile: ['-O0', '-g'], link: [] },
  Sanitize: {
    compile: ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    link: ['-fsanitize=address,undefined'],
  },
  // By clang, which alone has libFuzzer.
  Fuzz: {
    compile: ['-O2', '-g', '-fsanitize=fuzzer-no-link,address,undefined', '-fno-sanitize-recover=all'],
    link: ['-fsanitize=fuzzer,address,undefined'],
  },
  Thread: { compile: ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=thread'], link: ['-fsanitize=thread'] },
  // One file for every distribution with this libc: the C++ runtime of the oldest may be older than ours.
  Prebuild: {
    compile: ['-O2', '-DNDEBUG'],
    link: ['-s', '-static-libstdc++', '-static-libgcc'],
  },
};

/** The sources that know Node-API: all but them can be tested without Node. */
const NODE_SIDE =
  /\/(addon|batch-view|compress-thread|exit-guard|file-thread|options|poller|work-thread|util\/args|util\/error)\.cc$/;

/** A build that cannot go on, with the one sentence that says why. */
export class BuildError extends Error {}

/** Every source of a folder, in a stable order. */
export function sourcesIn(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => ending.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** The sources that can be linked to a program without Node. */
export function sourcesWithoutNode() {
  return sourcesIn(join(here, 'src'), /\.cc$/).filter((source) => !NODE_SIDE.test(source));
}

/** The compiler as it was asked for: CXX may carry arguments, such as a cache's name. */
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

async function compile(args) {
  const { command, args: prefix, flags } = compiler();
  try {
    await run(command, [...prefix, ...args, ...flags], { maxBuffer: 64 * 1024 * 1024 });
  } catch (cause) {
    throw new BuildError(cause.stderr || cause.message, { cause });
  }
}

/** Runs `work` on every item, as many at a time as there are processors. */
async function inParallel(items, work) {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), items.length) }, worker));
}

/** Compiles sources and links them to `output`, which appears complete or not at all. */
export async function build({ sources, output, kind, flags = [], link = [] }) {
  mkdirSync(dirname(output), { recursive: true });
  const scratch = mkdtempSync(join(dirname(output), '.build-'));
  try {
    const objects = [];
    const jobs = sources.map((source, index) => ({ source, object: join(scratch, `${index}.o`) }));
    await inParallel(jobs, async ({ source, object }) => {
      await compile([...COMMON, ...KINDS[kind].compile, ...flags, '-c', source, '-o', object]);
      objects.push(object);
    });
    const made = join(scratch, basename(output));
    await compile(['-pthread', ...objects.sort(), ...KINDS[kind].link, ...link, '-o', made]);
    renameSync(made, output);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The flags with which sources find Node-API. */
function nodeApiFlags() {
  const headers = [require('node-api-headers').include_dir, require('node-addon-api').include_dir];
  return [...NODE_API, ...headers.flatMap((folder) => ['-isystem', folder.replaceAll('"', '')])];
}

/** What the addon is made of: when this has not changed, neither has the addon. */
function fingerprint(kind) {
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
    return {}; // none yet, or not one of ours: build
  }
}

function isLoadable(path) {
  try {
    require(path);
    return true;
  } catch {
    return false; // made for another system: build
  }
}

function hasGlibc() {
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}

/** Builds the addon of one kind, unless it is there already. Returns a line for the user. */
export async function buildAddon(kind) {
  const target = `${process.platform}-${process.arch}-${hasGlibc() ? 'glibc' : 'musl'}`;
  const prebuilt = join(here, 'prebuilds', target, 'netlink.node');
  if (kind === 'Release' && existsSync(prebuilt) && isLoadable(prebuilt)) return `uses ${relative('.', prebuilt)}`;

  const output = kind === 'Prebuild' ? prebuilt : join(here, 'build', kind, 'netlink.node');
  const stampPath = kind === 'Prebuild' ? join(here, 'build', 'Prebuild.json') : `${output}.json`;
  const sources = fingerprint(kind);
  const stamp = existsSync(output) ? readStamp(stampPath) : {};
  const unchanged = stamp.sources === sources;
  const version = await compilerVersion().catch((error) => {
    // An image without a compiler may have got its addon from one that has it.
    if (unchanged && isLoadable(output)) return stamp.compiler;
    throw error;
  });
  if (unchanged && stamp.compiler === version) return `${relative('.', output)} is up to date`;

  const started = performance.now();
  await build({
    sources: sourcesIn(join(here, 'src'), /\.cc$/),
    output,
    kind,
    flags: nodeApiFlags(),
    link: ['-shared', `-Wl,--version-script=${join(here, 'src', 'exports.map')}`],
  });
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, `${JSON.stringify({ sources, compiler: version })}\n`);
  return `${relative('.', output)} built in ${((performance.now() - started) / 1000).toFixed(1)} s`;
}

/** Prints a sentence and not a stack for what the user can mend. */
export function fail(error) {
  process.stderr.write(error instanceof BuildError ? `${error.message.trimEnd()}\n` : `${error.stack}\n`);
  process.exitCode = 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const kinds = { '--debug': 'Debug', '--sanitize': 'Sanitize', '--prebuild': 'Prebuild' };
  const [option] = process.argv.slice(2);
  const kind = option === undefined ? 'Release' : kinds[option];
  if (kind === undefined) {
    process.stderr.write(`build.mjs: unknown option ${option}; known are ${Object.keys(kinds).join(', ')}\n`);
    process.exitCode = 2;
  } else {
    await buildAddon(kind).then((line) => process.stdout.write(`${line}\n`), fail);
  }
}
