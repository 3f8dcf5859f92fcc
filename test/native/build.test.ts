import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../support/temp.js';

const ROOT = resolve(import.meta.dirname, '../..');
const BUILD = join(ROOT, 'native/build.mjs');

/** A fast fake compiler: it creates the file of `-o`, unless a source is called broken. */
const COMPILER = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in *broken.cc) echo "broken.cc: no" >&2; exit 1 ;; esac
  if [ "$1" = -o ]; then : > "$2"; fi
  shift
done
`;

/** Builds sources of these names, and returns its output or error. */
function build(names: readonly string[]): string[] {
  const folder = tempFolder();
  const cxx = join(folder, 'cxx');
  writeFileSync(cxx, COMPILER);
  chmodSync(cxx, 0o755);
  const options = { sources: names.map((name) => join(folder, name)), output: join(folder, 'out'), kind: 'Debug', cxx };
  const program = `const { build } = await import(${JSON.stringify(BUILD)});
    await build({ ...${JSON.stringify(options)}, say: (line) => console.log(line) }).catch((e) => console.log(e.message.trim()));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return stdout.split('\n').slice(0, -1);
}

describe('a build of the addon', () => {
  it('reports its progress a few times', () => {
    const names = Array.from({ length: 30 }, (_, i) => `${i}.cc`);
    expect(build(names)).toEqual([8, 15, 23, 30].map((done) => `${done} of 30 files compiled`));
    expect(build(['a.cc', 'b.cc'])).toEqual(['1 of 2 files compiled', '2 of 2 files compiled']);
  });

  it("fails with the compiler's message", () => {
    expect(build(['broken.cc'])).toEqual(['broken.cc: no']);
  });

  it('prints one line when there is nothing to do', () => {
    const { status, stdout } = spawnSync(process.execPath, [BUILD], { cwd: ROOT, encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^(native\/build\/Release\/netlink\.node is up to date|uses native\/\S+)\n$/);
  });
});

describe('npm pack', () => {
  /** Returns exit code and message with only these programs on the path. */
  function prepack(programs: readonly string[], env: NodeJS.ProcessEnv = {}): { code: number | null; stderr: string } {
    const folder = tempFolder();
    for (const name of programs) {
      writeFileSync(join(folder, name), '#!/bin/sh\n');
      chmodSync(join(folder, name), 0o755);
    }
    const prepackPath = join(ROOT, 'deploy/packages/prepack.mjs');
    const { status, stderr } = spawnSync(process.execPath, [prepackPath], {
      ...{ cwd: ROOT, encoding: 'utf8' },
      env: { ...process.env, TCP_INFO_PREBUILDS: '', ...env, PATH: folder },
    });
    return { code: status, stderr };
  }
  const OWN = ['g++', 'gcc', 'objdump'];
  const own = process.arch === 'arm64' ? 'arm64' : 'x64';
  const [other, triple] = own === 'x64' ? ['arm64', 'aarch64-linux-gnu'] : ['x64', 'x86_64-linux-gnu'];
  const debian = triple.replaceAll('_', '-');

  it('names a missing compiler before it builds anything', () => {
    expect(prepack(OWN)).toEqual({
      code: 1,
      stderr:
        `prepack: linux-${other}-glibc: no ${triple}-g++, ${triple}-gcc, ${triple}-objdump: apt-get install g++-${debian}\n` +
        `prepack: or pack without: TCP_INFO_PREBUILDS=linux-${own}-glibc npm pack; TCP_INFO_PREBUILDS=none packs none\n`,
    });
  });

  it('names everything that is missing', () => {
    const { code, stderr } = prepack([]);
    expect(code).toBe(1);
    for (const target of ['linux-x64-glibc', 'linux-arm64-glibc']) expect(stderr).toContain(`prepack: ${target}: no `);
    expect(stderr).toContain('prepack: or pack without: TCP_INFO_PREBUILDS=none packs none\n');
  });

  it('rejects an unknown target', () => {
    expect(prepack(OWN, { TCP_INFO_PREBUILDS: 'linux-mips' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('linux-mips is not one of linux-x64-glibc, linux-arm64-glibc, or none'),
    });
  });
});

describe('sources for programs without Node', () => {
  it('do not include Node-API, not even through their headers', () => {
    const program = `const { sourcesWithoutNode } = await import(${JSON.stringify(BUILD)});
      console.log(JSON.stringify(sourcesWithoutNode()));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    const sources = JSON.parse(stdout) as string[];
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.filter((path) => includesOf(path, new Set()).has('napi.h'))).toEqual([]);
  });
});

/** Returns the names of all files that a file includes, also through others. */
function includesOf(path: string, seen: Set<string>): Set<string> {
  for (const [, system, own = ''] of readFileSync(path, 'utf8').matchAll(/^#include (?:<([^>]+)>|"([^"]+)")$/gm)) {
    if (system !== undefined) seen.add(system);
    const file = join(dirname(path), own);
    if (system !== undefined || seen.has(file)) continue;
    seen.add(file);
    includesOf(file, seen);
  }
  return seen;
}
