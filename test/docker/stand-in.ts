import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackDebian } from './debian.js';
import { output, pipe, run } from './programs.js';

const ENVIRONMENT = [
  'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
];

/** Returns the base images of a Dockerfile, without its own stages and `scratch`. */
export function baseImages(dockerfile: string): string[] {
  const stages = new Set(['scratch']);
  const images = new Set<string>();
  for (const [, image = '', stage] of dockerfile.matchAll(/^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$/gim)) {
    if (!stages.has(image)) images.add(image);
    if (stage !== undefined) stages.add(stage);
  }
  return [...images];
}

/** Builds an image of Debian and Node with this name, in the versions of its tag, without an image registry. */
export async function importNode(image: string): Promise<void> {
  const [, version, suite] = /^node:(\d+\.\d+\.\d+)-([a-z]+)-slim$/.exec(image) ?? [];
  if (version === undefined || suite === undefined) throw new Error(`no stand-in is known for the image ${image}`);
  await importTree(image, suite, async (tree, scratch) => {
    const node = await unpackPackage(`node-linux-${process.arch}`, version, scratch);
    for (const path of ['bin/node', 'LICENSE']) cpSync(join(node, path), join(tree, 'usr/local', path));
    const npm = await unpackPackage('npm', output('npm', '--version'), scratch);
    const modules = join(tree, 'usr/local/lib/node_modules');
    mkdirSync(modules, { recursive: true });
    renameSync(npm, join(modules, 'npm'));
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(tree, 'usr/local/bin/npm'));
    const registry = output('npm', 'config', 'get', 'registry');
    mkdirSync(join(tree, 'usr/local/etc'), { recursive: true });
    writeFileSync(join(tree, 'usr/local/etc/npmrc'), `registry=${registry}\nupdate-notifier=false\n`);
  });
}

/** Builds an image of Debian and one program of this machine. */
export async function importProgram(image: string, suite: string, program: string): Promise<void> {
  const path = `/bin/${program}`;
  await importTree(image, suite, async (tree) => cpSync(`/usr${path}`, join(tree, `usr${path}`)), [
    `ENTRYPOINT ["${path}"]`,
  ]);
}

async function importTree(
  image: string,
  suite: string,
  fill: (tree: string, scratch: string) => Promise<void>,
  changes: readonly string[] = [],
): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'tcp-info-image-'));
  try {
    const tree = join(scratch, 'tree');
    await unpackDebian(suite, tree);
    await fill(tree, scratch);
    const options = [...ENVIRONMENT, ...changes].flatMap((change) => ['--change', change]);
    await pipe(['tar', '--directory', tree, '--create', '.'], ['docker', 'import', ...options, '-', image]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Downloads a package with npm, and returns its folder. */
async function unpackPackage(name: string, version: string, scratch: string): Promise<string> {
  const packed = await run('npm', ['pack', '--silent', `${name}@${version}`], scratch);
  const file = packed.split('\n').at(-1) ?? '';
  const folder = join(scratch, `${name}-${version}`);
  mkdirSync(folder);
  await run('tar', ['--directory', folder, '--strip-components=1', '--extract', '--file', join(scratch, file)]);
  const manifest: { readonly version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (manifest.version !== version) throw new Error(`${name}: got ${manifest.version} and not ${version}`);
  return folder;
}
